'use client'
import { useState } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Definition, DefinitionList } from '#components/ui/definition-list.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import type { NewApiToken } from '#lib/core/api-token.ts'

/**
 * The environment variables of Scaleway's SDK, command line and Terraform provider. Without this API's URL they would send
 * the secret key to Scaleway.
 */
function environmentOf({ access_key, secret_key }: NewApiToken, apiUrl: string): string {
  const variables = {
    SCW_API_URL: apiUrl,
    SCW_ACCESS_KEY: access_key,
    SCW_SECRET_KEY: secret_key,
    SCW_DEFAULT_REGION: 'fr-par',
  }
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${value}`)
    .join('\n')
}

type Props = { token: NewApiToken; apiUrl: string; onClose: () => void }

/** Shows a new token's secret key, once. It stays open until the person confirms that they saved it. */
export function NewTokenSecret({ token, apiUrl, onClose }: Props) {
  const [saved, setSaved] = useState(false)
  const environment = environmentOf(token, apiUrl)
  return (
    <Dialog
      open
      persistent
      onOpenChange={() => undefined}
      title={`API token ${token.name} is created`}
      footer={
        <Button
          variant="primary"
          disabledReason={saved ? undefined : 'Say that you have saved it first.'}
          onClick={onClose}
        >
          Done
        </Button>
      }
    >
      <div className="grid gap-4">
        <Alert tone="warn" title="The secret key is shown only now.">
          Copy it to where it is needed. Fairlead keeps no copy that could be read.
        </Alert>
        <DefinitionList>
          <Definition term="Access key">
            <Key text={token.access_key} label="Copy access key" />
          </Definition>
          <Definition term="Secret key">
            <Key text={token.secret_key} label="Copy secret key" />
          </Definition>
        </DefinitionList>
        <div className="grid gap-1.5">
          <div className="flex items-center justify-between gap-2">
            <p className="font-medium">For the SDK, the command line and Terraform</p>
            <CopyButton text={environment} label="Copy environment" />
          </div>
          <pre className="overflow-x-auto rounded-control bg-surface-sunken p-3 font-mono text-[0.8125rem]/5 whitespace-pre-wrap">
            {environment}
          </pre>
        </div>
        <CheckboxField
          label="I have saved this token"
          checked={saved}
          onChange={(event) => setSaved(event.target.checked)}
        />
      </div>
    </Dialog>
  )
}

function Key({ text, label }: { text: string; label: string }) {
  return (
    <span className="-my-1 inline-flex items-center gap-1">
      <Code>{text}</Code>
      <CopyButton text={text} label={label} />
    </span>
  )
}
