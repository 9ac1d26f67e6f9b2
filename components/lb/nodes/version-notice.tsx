import { Alert } from '#components/ui/alert.tsx'
import type { NodeList } from '#lib/core/node.ts'

/** Names the nodes whose version is not the control plane's. They work together, but should not stay so. */
export function VersionNotice({ list: { nodes, version } }: { list: NodeList }) {
  const others = nodes.filter((node) => node.version !== null && node.version !== version)
  if (others.length === 0) return null
  const names = others.map((node) => `${node.name} runs ${node.version}`).join(', ')
  return (
    <Alert title="Versions differ">
      The control plane runs {version}; {names}. To upgrade a node, drain it, upgrade Fairlead on
      its host, and return it to service.
    </Alert>
  )
}
