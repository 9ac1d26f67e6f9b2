import type { ReactNode } from 'react'
import { PartBox } from './part-box.tsx'
import { hiddenServersPart } from './shown-servers.ts'
import { backendsOf } from './topology-layout.ts'
import type { BackendPart, FrontendPart, Topology } from './topology-model.ts'

/** The children of a box, below it on a line. */
function Behind({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul aria-label={label} className="ml-4 grid gap-2 border-l-[1.5px] border-accent/60 pt-2 pl-4">
      {children}
    </ul>
  )
}

function BackendBranch({ backend }: { backend: BackendPart }) {
  return (
    <li>
      <PartBox part={backend} />
      {backend.servers.length > 0 && (
        <Behind label={`Servers of ${backend.title}`}>
          {[...backend.servers, ...hiddenServersPart(backend)].map((part) => (
            <li key={part.key}>
              <PartBox part={part} monospace />
            </li>
          ))}
        </Behind>
      )}
    </li>
  )
}

function FrontendBranch({
  frontend,
  backends,
}: {
  frontend: FrontendPart
  backends: readonly BackendPart[]
}) {
  return (
    <li>
      <PartBox part={frontend} />
      {backends.length > 0 && (
        <Behind label={`${backends.length > 1 ? 'Backends' : 'Backend'} of ${frontend.title}`}>
          {backends.map((backend) => (
            <BackendBranch key={backend.key} backend={backend} />
          ))}
        </Behind>
      )}
    </li>
  )
}

/** The vertical picture for narrow screens: a tree, with unused backends last. */
export function NarrowPicture({ topology }: { topology: Topology }) {
  const { address, instances, frontends, backends } = topology
  const behind = ({ backend, routed = [] }: FrontendPart) => backendsOf(backend, routed)
  const used = new Set(frontends.flatMap(behind))
  const unused = backends.filter(({ key }) => !used.has(key))
  return (
    <div>
      <PartBox part={address} monospace={address.href !== undefined} />
      {instances.length > 0 && (
        <ul aria-label="Instances" className="grid grid-cols-2 gap-2 pt-2">
          {instances.map((instance) => (
            <li key={instance.key}>
              <PartBox part={instance} strong={instance.active} />
            </li>
          ))}
        </ul>
      )}
      <Behind label="Frontends">
        {frontends.map((frontend) => (
          <FrontendBranch
            key={frontend.key}
            frontend={frontend}
            backends={behind(frontend).flatMap((key) =>
              backends.filter((backend) => backend.key === key),
            )}
          />
        ))}
        {unused.map((backend) => (
          <BackendBranch key={backend.key} backend={backend} />
        ))}
      </Behind>
    </div>
  )
}
