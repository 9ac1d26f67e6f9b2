/** Stands in a request's body for the id of what another request creates. */
export class Reference {
  readonly kind: string
  readonly label: string

  constructor(kind: string, label: string) {
    this.kind = kind
    this.label = label
  }
}

/** What a request's body holds, and references in it. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Reference
  | Value[]
  | { [field: string]: Value }
