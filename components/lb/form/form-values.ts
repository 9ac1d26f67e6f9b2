import type { Lb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'
import { type BackendValues, newBackend } from './backend-values.ts'
import { type FrontendValues, newFrontend } from './frontend-values.ts'
import { tagsText } from './tags-text.ts'

/** The rules of a form. One that edits a single rule has a list of one. */
export type RulesValues = { frontends: FrontendValues[]; backends: BackendValues[] }

export type IdentityValues = {
  name: string
  description: string
  /** As `tagsText` writes them. */
  tags: string
}

export function identityValues({ name, description, tags }: Lb): IdentityValues {
  return { name, description, tags: tagsText(tags) }
}

export const AUTOMATIC = 'auto'

export type LbValues = IdentityValues &
  RulesValues & {
    region: Region
    /** The id of a conserved address, or `AUTOMATIC`. */
    ip: string
  }

/** What the create page starts from: one frontend, one backend, and only name and servers left to type. */
export function newLb(frontendPort: string): LbValues {
  const backend = newBackend([])
  return {
    name: '',
    description: '',
    tags: '',
    region: 'fr-par',
    ip: AUTOMATIC,
    frontends: [newFrontend([], { value: backend.key, protocol: backend.protocol }, frontendPort)],
    backends: [backend],
  }
}
