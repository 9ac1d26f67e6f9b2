'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { PasswordField } from '#components/ui/password-field.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import {
  type CallForm,
  type CallInput,
  callRequest,
  inputErrors,
  isDestructive,
} from './call-request.ts'
import { ResponseView } from './call-response.tsx'
import { type CallResponse, sendCall } from './send-call.ts'

const CONTENT_PROPS = { spellCheck: false, autoComplete: 'off', autoCapitalize: 'none' } as const

function Input(props: {
  input: CallInput
  value: string
  error: string | undefined
  onChange: (value: string) => void
}) {
  const { input, value, error, onChange } = props
  const shared = {
    label: input.label,
    optional: !input.required,
    hint: input.description.replaceAll('`', '') || undefined,
    error,
    value,
  }
  if (input.values.length > 0) {
    const options = input.values.map((one) => ({ value: one, label: one }))
    const all = input.required ? options : [{ value: '', label: 'Not given' }, ...options]
    return (
      <SelectField {...shared} options={all} onChange={({ target }) => onChange(target.value)} />
    )
  }
  return (
    <TextField
      {...shared}
      {...CONTENT_PROPS}
      monospace
      onChange={({ target }) => onChange(target.value)}
    />
  )
}

/** The inputs of a call, and its response. */
export function TryForm({ call }: { call: CallForm }) {
  const client = useQueryClient()
  const [values, setValues] = useState<Record<string, string>>(() => firstValues(call))
  const [body, setBody] = useState(call.body ?? '')
  // Only in memory, and only while the dialog is open.
  const [token, setToken] = useState('')
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [confirming, setConfirming] = useState(false)
  const [sending, setSending] = useState(false)
  const [outcome, setOutcome] = useState<CallResponse | { problem: string } | null>(null)

  const send = async () => {
    setConfirming(false)
    setSending(true)
    const request = { method: call.method, ...callRequest(call, values), token: token.trim() }
    try {
      setOutcome(await sendCall({ ...request, body: call.body === null ? null : body }))
      if (call.method !== 'GET') void client.invalidateQueries()
    } catch (error) {
      setOutcome({ problem: errorMessage(error) })
    }
    setSending(false)
  }
  const submit = () => {
    const found = inputErrors(call, values, body)
    setErrors(found)
    if (Object.keys(found).length > 0) return
    if (isDestructive(call)) setConfirming(true)
    else void send()
  }
  return (
    <form
      method="post"
      noValidate
      className="grid grid-cols-[minmax(0,1fr)] gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        {call.inputs.map((input) => (
          <Input
            key={input.name}
            input={input}
            value={values[input.name] ?? ''}
            error={errors[input.name]}
            onChange={(value) => setValues({ ...values, [input.name]: value })}
          />
        ))}
      </div>
      {call.body !== null && (
        <TextArea
          label="Body"
          monospace
          rows={6}
          {...CONTENT_PROPS}
          value={body}
          error={errors.body}
          onChange={({ target }) => setBody(target.value)}
        />
      )}
      <PasswordField
        label="Secret key of an API token"
        hint="Left empty, the call is sent with your own session. The key is kept only while this is open."
        autoComplete="off"
        value={token}
        onChange={({ target }) => setToken(target.value)}
      />
      <div className="flex flex-wrap items-center justify-end gap-3">
        {call.method !== 'GET' && (
          <p className="mr-auto text-muted">It is carried out on this installation.</p>
        )}
        <Button type="submit" variant="primary" loading={sending}>
          Send
        </Button>
      </div>
      {outcome &&
        ('problem' in outcome ? (
          <Alert tone="danger" title="There was no answer.">
            {outcome.problem}
          </Alert>
        ) : (
          <ResponseView response={outcome} />
        ))}
      <ConfirmDialog
        open={confirming}
        onOpenChange={setConfirming}
        title={`${call.summary}?`}
        description={`${call.method} ${callRequest(call, values).path} is carried out on this installation, and may not be taken back.`}
        confirmLabel="Send"
        onConfirm={() => void send()}
      />
    </form>
  )
}

/** A required choice begins with its first value. */
function firstValues({ inputs }: CallForm): Record<string, string> {
  const chosen = inputs.filter(({ required, values }) => required && values.length > 0)
  return Object.fromEntries(chosen.map(({ name, values }) => [name, values[0] ?? '']))
}
