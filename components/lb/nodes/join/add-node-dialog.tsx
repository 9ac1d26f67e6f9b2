'use client'
import { useState } from 'react'
import { useWatch } from 'react-hook-form'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { RadioCards } from '#components/ui/radio-cards.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useCreateJoinToken } from '#lib/client/node-mutations.ts'
import type { Region } from '#lib/core/locality.ts'
import type { JoinTokenCreated, NewNode, NodeList, NodeStatus } from '#lib/core/node.ts'
import { REGION_NAMES, REGIONS } from '#lib/core/regions.ts'
import { JoinDialog } from './join-dialog.tsx'
import { type NewNodeValues, newNode, newNodeForm, nodesOn } from './new-node-values.ts'

const REGION_OPTIONS = REGIONS.map((value) => ({ value, label: REGION_NAMES[value] }))

/** The inputs of a new node. */
export function NewNodeFields({ nodes }: { nodes: readonly NodeStatus[] }) {
  const region = useWatch<NewNodeValues, 'region'>({ name: 'region' })
  const { error, ...cluster } = useField<NewNodeValues>('cluster')
  return (
    <>
      <SelectField label="Region" options={REGION_OPTIONS} {...useField<NewNodeValues>('region')} />
      <RadioCards
        legend="Failure domain (cluster)"
        hint="A load balancer's master is in one, its backup in the other. Put machines that can fail together, for example in one rack, into the same."
        error={error}
        options={(['a', 'b'] as const).map((value) => ({
          value,
          label: value,
          description: nodesOn(nodes, region, value),
        }))}
        {...cluster}
      />
      <TextField
        label="Name"
        hint="1 to 40 lowercase letters, digits and hyphens."
        autoComplete="off"
        spellCheck={false}
        monospace
        {...useField<NewNodeValues>('name')}
      />
    </>
  )
}

type Shown = { node: NewNode; token: JoinTokenCreated }

type Props = {
  /** Kept up to date. */
  list: NodeList
  /** A node that waits already, for a new token; null for a new node. */
  pending: NewNode | null
  onSpread: (region: Region) => void
  onClose: () => void
}

/** Creates a join token, then shows the command with it and waits for the node. */
export function AddNodeDialog({ list, pending, onSpread, onClose }: Props) {
  const [shown, setShown] = useState<Shown | null>(null)
  const create = useCreateJoinToken({ onSuccess: (token, node) => setShown({ node, token }) })
  const [initial] = useState(() => newNode(list))
  const form = useApiForm(initial, newNodeForm(list.nodes.map(({ name }) => name)))
  if (shown) return <JoinDialog {...shown} {...{ list, onSpread, onClose }} renewal={create} />
  if (pending) {
    return (
      <ConfirmAction
        title={`Create a new join token for ${pending.name}?`}
        description="The former one stops working."
        confirmLabel="Create join token"
        tone="primary"
        loading={create.isPending}
        submitError={create.error}
        onConfirm={() => create.mutate(pending)}
        onClose={onClose}
      />
    )
  }
  return (
    <DialogForm
      form={form}
      title="Add a node"
      description="A node runs load balancers on another machine, its host. The next step shows the command to run there."
      submitLabel="Continue"
      onSubmit={(body) => create.mutateAsync(body)}
      submitError={create.error}
      errorTitle="Couldn't create a join token."
      loading={create.isPending}
      onClose={onClose}
    >
      <NewNodeFields nodes={list.nodes} />
    </DialogForm>
  )
}
