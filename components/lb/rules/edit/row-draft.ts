import { readStored, store } from '#lib/client/browser-storage.ts'
import type { Values } from '../../form/merge-values.ts'

/** What is being typed in a row: of which rule, the version of it that it began with, and the inputs. */
export type RowDraft<Rule> = { known: Rule; values: Values }

const storageKey = (table: string) => `fairlead-draft:${table}`

/** The draft of a table's open row, as kept over a reload of the page; none where the browser keeps nothing. */
export function readRowDraft<Rule>(table: string): RowDraft<Rule> | null {
  try {
    return JSON.parse(readStored('tab', storageKey(table)) ?? 'null') as RowDraft<Rule> | null
  } catch {
    return null
  }
}

export function keepRowDraft<Rule>(table: string, draft: RowDraft<Rule>): void {
  store('tab', storageKey(table), JSON.stringify(draft))
}

export function dropRowDraft(table: string): void {
  store('tab', storageKey(table), null)
}
