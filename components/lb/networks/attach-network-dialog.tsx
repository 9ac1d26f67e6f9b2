'use client'
import { useState } from 'react'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useAttachPrivateNetwork } from '#lib/client/private-network-mutations.ts'
import type { Lb } from '#lib/core/lb.ts'
import { useProblems } from '../routing/use-problems.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function problemsOf(id: string): { id?: string } {
  if (id.trim() === '') return { id: 'ID is required.' }
  return UUID.test(id.trim()) ? {} : { id: 'Enter a valid ID (UUID).' }
}

/** Attaches a private network by its id. */
export function AttachNetworkDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const attach = useAttachPrivateNetwork(lb)
  const [id, setId] = useState('')
  const { form, problems, pass } = useProblems<string, 'id'>(id, problemsOf)
  const submit = () => {
    if (!pass()) return
    attach.mutate(
      { private_network_id: id.trim().toLowerCase() },
      {
        onSuccess: () => {
          toast.success('The private network is being attached.')
          onClose()
        },
      },
    )
  }
  return (
    <FormDialog
      title="Attach private network"
      description="It is recorded, and has no effect on traffic."
      submitLabel="Attach"
      loading={attach.isPending}
      onSubmit={submit}
      onClose={onClose}
      formRef={form}
    >
      <TextField
        label="Private network ID"
        error={problems.id}
        monospace
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="none"
        value={id}
        onChange={({ target }) => setId(target.value)}
      />
      {attach.error && (
        <Alert tone="danger" title="It was not attached.">
          {errorMessage(attach.error)}
        </Alert>
      )}
    </FormDialog>
  )
}
