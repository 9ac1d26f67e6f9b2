/** A placeholder in a request's body for the ID of the object that another request creates. */
export class Reference {
  readonly kind: string
  readonly label: string

  constructor(kind: string, label: string) {
    this.kind = kind
    this.label = label
  }
}

/** A value of a request's body, which may have references. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Reference
  | Value[]
  | { [field: string]: Value }
