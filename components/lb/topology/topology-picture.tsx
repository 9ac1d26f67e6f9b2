import { NarrowPicture } from './narrow-picture.tsx'
import type { Topology } from './topology-model.ts'
import { WidePicture } from './wide-picture.tsx'

/** A picture of a load balancer, from its address to its servers. */
export function TopologyPicture({ topology, label }: { topology: Topology; label: string }) {
  return (
    <section aria-label={label} className="@container">
      <div className="hidden @3xl:block">
        <WidePicture topology={topology} />
      </div>
      <div className="@3xl:hidden">
        <NarrowPicture topology={topology} />
      </div>
    </section>
  )
}
