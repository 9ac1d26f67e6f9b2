import type { Page } from '@playwright/test'
import { quantile } from '../support/figures.ts'

type Watched = Window & { noteAfterMs: number | null }

/** From the click on **Save** to the paint of "Applied on 2 of 2", in milliseconds. */
export type NoteTimes = { p50: number; p99: number; max: number }

/** Has the page measure each save in `noteAfterMs`. */
async function watchNotes(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched = window as unknown as Watched
    let clickedAt: number | null = null
    const onClick = ({ target, timeStamp }: MouseEvent) => {
      if ((target as Element).closest('button')?.textContent !== 'Save') return
      clickedAt = timeStamp
      watched.noteAfterMs = null
    }
    document.addEventListener('click', onClick, { capture: true })
    new MutationObserver(() => {
      const notes = [...document.querySelectorAll('[role="status"]')]
      const isApplied = notes.some(({ textContent }) => textContent.includes('Applied on 2 of 2'))
      if (clickedAt === null || !isApplied) return
      const start = clickedAt
      clickedAt = null
      requestAnimationFrame(() => {
        watched.noteAfterMs = performance.now() - start
      })
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
}

/** Edits the frontend `public` on the page of the frontend rules and waits for each note. */
export async function timeSavedNotes(page: Page, edits: number): Promise<NoteTimes> {
  await watchNotes(page)
  const times: number[] = []
  for (let edit = 0; edit < edits; edit += 1) {
    await page.getByRole('button', { name: 'Edit public' }).click()
    await page.getByLabel('Port, frontend public').fill(String(8100 + edit))
    await page.getByRole('button', { name: 'Save' }).click()
    const time = await page.waitForFunction(() => (window as unknown as Watched).noteAfterMs)
    times.push((await time.jsonValue()) ?? Number.NaN)
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: Math.max(...times) }
}
