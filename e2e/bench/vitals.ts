import type { Page } from '@playwright/test'

/** The Core Web Vitals of a visit (web.dev), and its time to first byte. */
export type Vitals = { ttfbMs: number; lcpMs: number; inpMs: number; cls: number }

type Entries = { lcp: number; interactions: Record<number, number>; shift: number }
type Watched = Window & { vitals: Entries }

/** Makes all pages loaded from now on record the performance entries of their vitals. */
export async function watchVitals(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const entries: Entries = { lcp: 0, interactions: {}, shift: 0 }
    ;(window as unknown as Watched).vitals = entries
    const watch = (type: string, options: object, record: (entry: PerformanceEntry) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach(record)).observe({
        type,
        buffered: true,
        ...options,
      })
    watch('largest-contentful-paint', {}, (entry) => {
      entries.lcp = entry.startTime
    })
    watch('layout-shift', {}, (entry) => {
      const { value, hadRecentInput } = entry as PerformanceEntry & {
        value: number
        hadRecentInput: boolean
      }
      if (!hadRecentInput) entries.shift += value
    })
    watch('event', { durationThreshold: 16 }, (entry) => {
      const { interactionId, duration } = entry as PerformanceEntry & { interactionId: number }
      if (interactionId === 0) return
      entries.interactions[interactionId] = Math.max(
        entries.interactions[interactionId] ?? 0,
        duration,
      )
    })
  })
}

/** The vitals of the page so far. Waits for the next paint, which ends the last interaction. */
export async function readVitals(page: Page): Promise<Vitals> {
  return page.evaluate(async () => {
    await new Promise((resolve) =>
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))),
    )
    const { lcp, interactions, shift } = (window as unknown as Watched).vitals
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
    return {
      ttfbMs: navigation?.responseStart ?? 0,
      lcpMs: lcp,
      inpMs: Math.max(0, ...Object.values(interactions)),
      cls: shift,
    }
  })
}
