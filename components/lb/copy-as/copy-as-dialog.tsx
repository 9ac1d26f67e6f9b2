'use client'
import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { SegmentedControl } from '#components/ui/segmented-control.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { writeClipboard } from '#components/ui/write-clipboard.ts'
import { frontendAcls } from '#lib/client/rule-queries.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useFrontends, useRoutes } from '../use-lb.ts'
import { type CopiedFormat, copiedAs } from './copied-formats.ts'

const FORMATS: readonly { value: CopiedFormat; label: string }[] = [
  { value: 'curl', label: 'curl' },
  { value: 'scw', label: 'scw' },
  { value: 'terraform', label: 'Terraform' },
  { value: 'sdk', label: 'SDK' },
]

/** Shows code that creates an equal load balancer. */
export function CopyAsDialog(props: { lb: Lb; apiUrl: string; onClose: () => void }) {
  const { lb, apiUrl, onClose } = props
  const [format, setFormat] = useState<CopiedFormat>('curl')
  const backends = useBackends(lb)
  const frontends = useFrontends(lb)
  const routes = useRoutes(lb)
  const acls = useQueries({
    queries: (frontends.data ?? []).map(({ id }) => frontendAcls(lb, id)),
  })
  const frontendIds = new Set(frontends.data?.map(({ id }) => id))
  const ids = new Set(backends.data?.map(({ id }) => id))
  // The parts come from several requests, so one may be older than another until it is fetched again.
  const isConsistent =
    frontends.data?.every(({ backend }) => ids.has(backend.id)) &&
    routes.data?.every((one) => ids.has(one.backend_id) && frontendIds.has(one.frontend_id)) &&
    acls.every(({ data }) => data)
  const text =
    backends.data && frontends.data && routes.data && isConsistent
      ? copiedAs(
          format,
          {
            lb,
            backends: backends.data,
            frontends: frontends.data,
            routes: routes.data,
            acls: acls.flatMap(({ data }) => data?.acls ?? []),
          },
          apiUrl,
        )
      : null
  const failed = [frontends, backends, routes, ...acls].find(({ error }) => error)
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={`Copy ${lb.name} as`}
      description="This creates another load balancer like this one, with an address of its own. Secrets are not in it."
      footer={<CopyText text={text} />}
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
        <SegmentedControl legend="Format" options={FORMATS} value={format} onChange={setFormat} />
        {failed && <RefreshWarning query={failed} />}
        {text === null ? (
          !failed && <Skeleton className="h-64" />
        ) : (
          <CodeBlock label={`${lb.name} as ${format}`}>{text}</CodeBlock>
        )}
      </div>
    </Dialog>
  )
}

function CopyText({ text }: { text: string | null }) {
  const [outcome, setOutcome] = useState<{ of: string; done: boolean } | null>(null)
  const shown = outcome !== null && outcome.of === text ? outcome : null
  return (
    <>
      <p role="status" className="mr-auto self-center text-muted">
        {shown?.done && 'Copied.'}
        {shown?.done === false && 'Could not copy. Select the text and copy it by hand.'}
      </p>
      <Button
        variant="primary"
        disabledReason={text === null ? 'It is still being read.' : undefined}
        onClick={async () => {
          if (text !== null) setOutcome({ of: text, done: await writeClipboard(text) })
        }}
      >
        Copy
      </Button>
    </>
  )
}
