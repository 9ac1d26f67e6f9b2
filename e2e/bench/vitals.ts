import type { Page } from '@playwright/test'

/** What a visit felt like, as web.dev defines its Core Web Vitals. */
export type Vitals = { ttfbMs: number; lcpMs: number; inpMs: number; cls: number }

type Seen = { lcp: number; interactions: Record<number, number>; shift: number }
type Watched = Window & { vitals: Seen }

/** Has the pages that are loaded from now on note what their vitals are made of. */
export async function watchVitals(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: Seen = { lcp: 0, interactions: {}, shift: 0 }
    ;(window as unknown as Watched).vitals = seen
    const watch = (type: string, options: object, note: (entry: PerformanceEntry) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
        type,
        buffered: true,
        ...options,
      })
    watch('largest-contentful-paint', {}, (entry) => {
      seen.lcp = entry.startTime
    })
    watch('layout-shift', {}, (entry) => {
      const { value, hadRecentInput } = entry as PerformanceEntry & {
        value: number
        hadRecentInput: boolean
      }
      if (!hadRecentInput) seen.shift += value
    })
    watch('event', { durationThreshold: 16 }, (entry) => {
      const { interactionId, duration } = entry as PerformanceEntry & { interactionId: number }
      if (interactionId === 0) return
      seen.interactions[interactionId] = Math.max(seen.interactions[interactionId] ?? 0, duration)
    })
  })
}

/** The vitals of the page so far. An interaction is over when the frame that shows it was painted. */
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
