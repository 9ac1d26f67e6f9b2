let release: Promise<void> | null = null

/** Follows the pointer from press to release. The click event precedes the timer. */
function onPointerDown(): void {
  release = new Promise((resolve) => {
    const done = () => {
      release = null
      removeEventListener('pointerup', done, true)
      removeEventListener('pointercancel', done, true)
      setTimeout(resolve)
    }
    addEventListener('pointerup', done, true)
    addEventListener('pointercancel', done, true)
  })
}

if (typeof window !== 'undefined') addEventListener('pointerdown', onPointerDown, true)

/** Resolves once no pointer is pressed and the click is handled; at once if none is pressed. */
export async function pointerReleased(): Promise<void> {
  await release
}
