import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { ControlGroup, unifiedHierarchy } from './control-group.ts'
import { DISKS, ROOT, SYSTEMD } from './systemd-machine.ts'

/** What an installation of Fairlead has. The documented commands create it. */
const INSTALLED = ['/etc/fairlead.env', '/etc/fairlead-network.env', '/var/lib/fairlead']

/** Why no machines with systemd can be made here, in words; null where they can. */
export function whyNoSystemd(): string | null {
  const problem = whyNoNamespaces()
  if (problem) return problem
  if (!existsSync(SYSTEMD)) return 'systemd is not installed'
  if (unifiedHierarchy() === null) return 'control groups of version 2 are not mounted'
  if (!canMakeControlGroup()) return "control groups can't be made here"
  if (!canMountOverlay()) return `an overlay of / can't be mounted in ${DISKS}`
  if ((statSync(ROOT).mode & 0o5) !== 0o5) return `other users can't read ${ROOT}`
  const isUser = spawnSync('getent', ['passwd', 'fairlead']).status === 0
  const isInstalled = isUser || INSTALLED.some((path) => existsSync(path))
  return isInstalled ? 'Fairlead is installed on this machine' : null
}

function canMakeControlGroup(): boolean {
  try {
    new ControlGroup(`fl${process.pid}-try`).remove()
    return true
  } catch {
    return false
  }
}

function canMountOverlay(): boolean {
  if (!existsSync(DISKS)) return false
  const directory = mkdtempSync(join(DISKS, 'fairlead-try-'))
  for (const name of ['upper', 'work', 'root']) mkdirSync(join(directory, name))
  const options = `lowerdir=/,upperdir=${directory}/upper,workdir=${directory}/work`
  const mount = ['mount', '-t', 'overlay', 'overlay', '-o', options, `${directory}/root`]
  const { status } = spawnSync('unshare', ['--mount', ...mount])
  rmSync(directory, { recursive: true })
  return status === 0
}
