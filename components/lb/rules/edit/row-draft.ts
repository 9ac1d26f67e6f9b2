import type { Values } from '../../form/merge-values.ts'

/** What is being typed in a row: of which rule, the version of it that it began with, and the inputs. */
export type RowDraft<Rule> = { known: Rule; values: Values }

const storageKey = (table: string) => `fairlead-draft:${table}`

/** The draft of a table's open row, as kept over a reload of the page; none where the browser keeps nothing. */
export function readRowDraft<Rule>(table: string): RowDraft<Rule> | null {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey(table)) ?? 'null') as RowDraft<Rule> | null
  } catch {
    return null
  }
}

export function keepRowDraft<Rule>(table: string, draft: RowDraft<Rule>): void {
  try {
    sessionStorage.setItem(storageKey(table), JSON.stringify(draft))
  } catch {
    // Storage that is full or switched off costs the draft, not the row.
  }
}

export function dropRowDraft(table: string): void {
  try {
    sessionStorage.removeItem(storageKey(table))
  } catch {
    // As above.
  }
}
