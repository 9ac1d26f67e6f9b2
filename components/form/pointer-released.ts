let release: Promise<void> | null = null

function onPointerDown(): void {
  release = new Promise((resolve) => {
    const onRelease = () => {
      release = null
      removeEventListener('pointerup', onRelease, true)
      removeEventListener('pointercancel', onRelease, true)
      resolve()
    }
    addEventListener('pointerup', onRelease, true)
    addEventListener('pointercancel', onRelease, true)
  })
}

if (typeof window !== 'undefined') addEventListener('pointerdown', onPointerDown, true)

/**
 * Resolves once no pointer is pressed. What changes the layout on blur waits for it: between press and release it would
 * move the pressed button, and the click would be lost. Resolves before the click event.
 */
export async function pointerReleased(): Promise<void> {
  await release
}
