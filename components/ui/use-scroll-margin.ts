'use client'
import { useLayoutEffect, useState } from 'react'

/** The distance of an element from the top of the page in pixels, updated when the content above it changes. */
export function useScrollMargin(element: HTMLElement | null): number {
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => {
    if (!element) return
    const measure = () =>
      setMargin(Math.round(element.getBoundingClientRect().top + window.scrollY))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [element])
  return margin
}
