'use client'
import { useId, useState } from 'react'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { SegmentedControl } from '#components/ui/segmented-control.tsx'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useCreateCertificate } from '#lib/client/certificate-mutations.ts'
import type { Lb } from '#lib/core/lb.ts'
import { useProblems } from '../routing/use-problems.ts'
import { hasExpired } from './certificate-text.ts'
import {
  type CertificateField,
  type CertificateValues,
  certificateInput,
  certificateProblems,
  certificateRequest,
  NEW_CERTIFICATE,
} from './certificate-values.ts'

const KINDS = [
  { value: 'custom', label: 'Import' },
  { value: 'letsencrypt', label: "Let's Encrypt" },
] as const
const PLAIN = { spellCheck: false, autoComplete: 'off', autoCapitalize: 'none' } as const

type Inputs = {
  values: CertificateValues
  problems: Partial<Record<CertificateField, string>>
  set: (change: Partial<CertificateValues>) => void
}

/** Imports a certificate, or requests one. */
export function CreateCertificateDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const create = useCreateCertificate(lb)
  const [values, setValues] = useState(NEW_CERTIFICATE)
  const { form, problems, problem, pass, refuse } = useProblems<
    CertificateValues,
    CertificateField
  >(values, certificateProblems)
  const input = {
    values,
    problems,
    set: (change: Partial<CertificateValues>) => setValues({ ...values, ...change }),
  }
  const isImport = values.kind === 'custom'
  const submit = async () => {
    if (!pass()) return
    try {
      const created = await create.mutateAsync(certificateRequest(values))
      if (!isImport) toast.success('Certificate requested')
      else if (hasExpired(created, Date.now())) {
        toast.warning('Certificate imported, but it has expired')
      } else toast.success('Certificate imported')
      onClose()
    } catch (error) {
      refuse(error, certificateInput)
    }
  }
  return (
    <FormDialog
      title="Add certificate"
      submitLabel={isImport ? 'Import' : 'Request'}
      loading={create.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
      formRef={form}
    >
      <SegmentedControl
        legend="Where it comes from"
        options={KINDS}
        value={values.kind}
        onChange={(kind) => input.set({ kind })}
      />
      <TextField
        label="Name"
        error={problems.name}
        value={values.name}
        onChange={({ target }) => input.set({ name: target.value })}
      />
      {isImport ? <ImportFields {...input} /> : <RequestFields {...input} />}
      {problem && (
        <Alert tone="danger" title="It was not added.">
          {problem}
        </Alert>
      )}
    </FormDialog>
  )
}

function ImportFields({ values, problems, set }: Inputs) {
  const fileId = useId()
  return (
    <>
      <TextArea
        label="Certificate"
        hint="PEM: private key, certificate, and the certificates between it and its authority. The key can't be read again."
        error={problems.pem}
        monospace
        rows={6}
        {...PLAIN}
        className="max-h-80"
        value={values.pem}
        onChange={({ target }) => set({ pem: target.value })}
      />
      <div className="grid gap-1.5">
        <label htmlFor={fileId} className="font-medium">
          Or from files
        </label>
        <input
          id={fileId}
          type="file"
          multiple
          accept=".pem,.crt,.cer,.key,application/x-pem-file"
          className="min-h-9 text-[0.8125rem] file:mr-3 file:h-9 file:rounded-control file:border file:border-border-strong file:bg-surface file:px-3 file:font-medium file:text-text"
          onChange={async ({ target }) => {
            const texts = await Promise.all([...(target.files ?? [])].map((file) => file.text()))
            if (texts.length > 0) set({ pem: texts.map((text) => text.trim()).join('\n') })
          }}
        />
      </div>
    </>
  )
}

function RequestFields({ values, problems, set }: Inputs) {
  return (
    <>
      <TextField
        label="Domain name"
        hint="It has to lead to this load balancer's address. For example: www.example.com"
        error={problems.commonName}
        monospace
        {...PLAIN}
        value={values.commonName}
        onChange={({ target }) => set({ commonName: target.value })}
      />
      <TextArea
        label="Other domain names"
        optional
        hint="One per line."
        error={problems.names}
        monospace
        rows={2}
        {...PLAIN}
        value={values.names}
        onChange={({ target }) => set({ names: target.value })}
      />
    </>
  )
}
