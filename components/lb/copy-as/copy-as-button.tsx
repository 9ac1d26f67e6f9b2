'use client'
import { Code } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useEffect, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import type { Lb } from '#lib/core/lb.ts'

const CopyAsDialog = dynamic(() =>
  import('./copy-as-dialog.tsx').then((module) => module.CopyAsDialog),
)

/** Opens the dialog **Copy as**. The URL's fragment `#copy-as` opens it too. */
export function CopyAsButton({ lb, apiUrl }: { lb: Lb; apiUrl: string }) {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const read = () => location.hash === '#copy-as' && setOpen(true)
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])
  const close = () => {
    setOpen(false)
    if (location.hash) history.replaceState(null, '', location.pathname + location.search)
  }
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        <Code aria-hidden className="size-3.5" />
        Copy as
      </Button>
      {open && <CopyAsDialog lb={lb} apiUrl={apiUrl} onClose={close} />}
    </>
  )
}
