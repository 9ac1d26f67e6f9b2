import { Code } from '#components/ui/code.tsx'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import type { Backend } from '#lib/core/backend.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { backendWords } from './backend-words.ts'
import { DeleteRuleButton } from './delete-rule-button.tsx'
import { ServerChips } from './server-chips.tsx'
import { TARGET_ROW } from './target-row.ts'

type Props = { backend: Backend; observed: ObservedLb | undefined; onDelete: () => void }

/** A backend rule as a row. */
export function BackendRow({ backend, observed, onDelete }: Props) {
  const words = backendWords(backend)
  return (
    <Tr id={`backend-${backend.id}`} className={TARGET_ROW}>
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
    </Tr>
  )
}
