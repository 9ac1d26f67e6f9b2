import { Code } from '#components/ui/code.tsx'
import { RowHeader, Td } from '#components/ui/table.tsx'
import type { Backend } from '#lib/core/backend.ts'
import { TargetRow } from '../target-row.tsx'
import { backendWords } from './backend-words.ts'
import { DeleteRuleButton } from './delete-rule-button.tsx'
import { type ObservedQuery, ServerChips } from './server-chips.tsx'

type Props = { backend: Backend; observed: ObservedQuery; onDelete: () => void }

/** A backend rule as a row. */
export function BackendRow({ backend, observed, onDelete }: Props) {
  const words = backendWords(backend)
  return (
    <TargetRow id={`backend-${backend.id}`}>
      <RowHeader>{backend.name}</RowHeader>
      <Td label="Protocol">{words.protocol}</Td>
      <Td label="Port">
        <Code>{backend.forward_port}</Code>
      </Td>
      <Td label="Proxy">{words.proxy}</Td>
      <Td label="Health check type">{words.check}</Td>
      <Td label="Health check option">{words.checkOption}</Td>
      <Td label="Sticky session">{words.sticky}</Td>
      <Td label="Cookie name">{words.cookie}</Td>
      <Td label="Server IPs">
        <ServerChips backend={backend} observed={observed} />
      </Td>
      <Td actions>
        <DeleteRuleButton name={backend.name} onClick={onDelete} />
      </Td>
    </TargetRow>
  )
}
