import type { Region } from '#lib/core/locality.ts'
import type { NewNode, NodeStatus } from '#lib/core/node.ts'

/** An action on the page Nodes that a dialog is for. */
export type NodeAction =
  | { what: 'add'; pending: NewNode | null }
  | { what: 'drain' | 'remove'; node: NodeStatus }
  | { what: 'spread'; region: Region }
