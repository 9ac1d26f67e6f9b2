'use client'
import { useId } from 'react'
import { useFormContext, useWatch } from 'react-hook-form'
import { toast } from 'sonner'
import { ChoiceField } from '#components/form/choice-field.tsx'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useCreateCertificate } from '#lib/client/certificate-mutations.ts'
import type { Lb } from '#lib/core/lb.ts'
import { hasExpired } from './certificate-text.ts'
import { CERTIFICATE_FORM, type CertificateValues, NEW_CERTIFICATE } from './certificate-values.ts'

const KINDS = [
  { value: 'custom', label: 'Import' },
  { value: 'letsencrypt', label: "Let's Encrypt" },
] as const
/** For text that browsers must not correct. */
const VERBATIM = { spellCheck: false, autoComplete: 'off', autoCapitalize: 'none' } as const

/** Imports a certificate, or requests one. */
export function CreateCertificateDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const create = useCreateCertificate(lb, {
    onSuccess: (created) => {
      if (created.type !== 'custom') toast.success('Certificate requested')
      else if (hasExpired(created, Date.now())) {
        toast.warning('Certificate imported, but it has expired')
      } else toast.success('Certificate imported')
      onClose()
    },
  })
  const form = useApiForm(NEW_CERTIFICATE, CERTIFICATE_FORM)
  return (
    <DialogForm
      form={form}
      title="Add certificate"
      submitLabel={form.watch('kind') === 'custom' ? 'Import' : 'Request'}
      onSubmit={(body) => create.mutateAsync(body)}
      submitError={create.error}
      errorTitle="It was not added."
      loading={create.isPending}
      onClose={onClose}
    >
      <CertificateFields />
    </DialogForm>
  )
}

/** The inputs of a certificate. */
export function CertificateFields() {
  const kind = useWatch<CertificateValues, 'kind'>({ name: 'kind' })
  return (
    <>
      <ChoiceField<CertificateValues> name="kind" legend="Where it comes from" options={KINDS} />
      <TextField label="Name" {...useField<CertificateValues>('name')} />
      {kind === 'custom' ? <ImportFields /> : <RequestFields />}
    </>
  )
}

function ImportFields() {
  const fileId = useId()
  const { setValue } = useFormContext<CertificateValues>()
  const readFiles = async (files: FileList | null) => {
    const texts = await Promise.all([...(files ?? [])].map((file) => file.text()))
    if (texts.length === 0) return
    const pem = texts.map((text) => text.trim()).join('\n')
    setValue('pem', pem, { shouldDirty: true, shouldValidate: true })
  }
  return (
    <>
      <TextArea
        label="Certificate"
        hint="PEM: private key, certificate, and the certificates between it and its authority. The key can't be read again."
        monospace
        rows={6}
        {...VERBATIM}
        className="max-h-80"
        {...useField<CertificateValues>('pem')}
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
          onChange={({ target }) => void readFiles(target.files)}
        />
      </div>
    </>
  )
}

function RequestFields() {
  return (
    <>
      <TextField
        label="Domain name"
        hint="It has to lead to this load balancer's address. For example: www.example.com"
        monospace
        {...VERBATIM}
        {...useField<CertificateValues>('commonName')}
      />
      <TextArea
        label="Other domain names"
        optional
        hint="One per line."
        monospace
        rows={2}
        {...VERBATIM}
        {...useField<CertificateValues>('names')}
      />
    </>
  )
}
