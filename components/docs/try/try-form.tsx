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
import { sendTried, type TriedAnswer } from './send-tried.ts'
import {
  isDestructive,
  type TriedCall,
  type TriedInput,
  triedProblems,
  triedRequest,
} from './tried-call.ts'
import { TriedResult } from './tried-result.tsx'

const CONTENT_PROPS = { spellCheck: false, autoComplete: 'off', autoCapitalize: 'none' } as const

function Input(props: {
  input: TriedInput
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

/** What a call takes, whether it is sent with the session or with a token, and the answer. */
export function TryForm({ call }: { call: TriedCall }) {
  const client = useQueryClient()
  const [values, setValues] = useState<Record<string, string>>(() => firstValues(call))
  const [body, setBody] = useState(call.body ?? '')
  // Nowhere but here: it goes when the dialog is closed.
  const [token, setToken] = useState('')
  const [problems, setProblems] = useState<Record<string, string>>({})
  const [asking, setAsking] = useState(false)
  const [sending, setSending] = useState(false)
  const [outcome, setOutcome] = useState<TriedAnswer | { problem: string } | null>(null)

  const send = async () => {
    setAsking(false)
    setSending(true)
    const request = { method: call.method, ...triedRequest(call, values), token: token.trim() }
    try {
      setOutcome(await sendTried({ ...request, body: call.body === null ? null : body }))
      if (call.method !== 'GET') void client.invalidateQueries()
    } catch (error) {
      setOutcome({ problem: errorMessage(error) })
    }
    setSending(false)
  }
  const submit = () => {
    const found = triedProblems(call, values, body)
    setProblems(found)
    if (Object.keys(found).length > 0) return
    if (isDestructive(call)) setAsking(true)
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
            error={problems[input.name]}
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
          error={problems.body}
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
          <TriedResult answer={outcome} />
        ))}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`${call.summary}?`}
        description={`${call.method} ${triedRequest(call, values).path} is carried out on this installation, and may not be taken back.`}
        confirmLabel="Send"
        onConfirm={() => void send()}
      />
    </form>
  )
}

/** What must be given and is a choice begins with the first. */
function firstValues({ inputs }: TriedCall): Record<string, string> {
  const chosen = inputs.filter(({ required, values }) => required && values.length > 0)
  return Object.fromEntries(chosen.map(({ name, values }) => [name, values[0] ?? '']))
}
