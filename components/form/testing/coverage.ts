import { createElement, type ReactNode } from 'react'
import type { FieldValues } from 'react-hook-form'

/** A form for the test of request coverage. */
type Form<Values extends FieldValues> = {
  fields: (values: Values) => unknown
  /** Values that together show every input and send every field. */
  variants: readonly Values[]
  /** The inputs on the page for some values. */
  inputs: (values: Values) => ReactNode
}
// biome-ignore lint/suspicious/noExplicitAny: the table holds forms of all values.
export type AnyForm = Form<any>

export const form = <Values extends FieldValues>(
  { fields }: { fields: (values: Values) => unknown },
  variants: readonly Values[],
  inputs: (values: Values) => ReactNode,
): AnyForm => ({ fields, variants, inputs })

export const h = createElement

/** The given values, and variants of them with changes. */
export function variantsOf<Values>(base: Values, ...changes: Partial<Values>[]): Values[] {
  return [base, ...changes.map((change) => ({ ...base, ...change }))]
}

export const PROJECT_EXEMPT = {
  project_id: 'An installation has one project.',
  organization_id: 'An installation has one organization.',
}

/** The forms whose inputs a request's fields come from. */
export type Coverage = {
  /** Which schema of lib/core it is. */
  schema: string
  forms: AnyForm[]
  /** Where in the request the forms' fields are: "acls". */
  part?: string
  /** Paths without an input, and why. */
  exempt?: Record<string, string>
}
