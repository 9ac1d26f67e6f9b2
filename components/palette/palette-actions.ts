import {
  BellRing,
  BookOpen,
  Code,
  FileCode,
  KeyRound,
  type LucideIcon,
  MapPin,
  Monitor,
  Moon,
  Plus,
  ShieldCheck,
  Sun,
  Users,
  Waypoints,
} from 'lucide-react'
import { consolePath, lbIdOfPath } from '#lib/client/console-path.ts'
import { matchesSearch } from '#lib/core/fold-case.ts'
import type { Theme } from '../shell/theme.ts'

export type PaletteAction = { label: string; icon: LucideIcon } & (
  | { href: string; theme?: never }
  | { theme: Theme; href?: never }
)

const ACTIONS: PaletteAction[] = [
  { label: 'Create a Load Balancer', icon: Plus, href: consolePath.createLoadBalancer() },
  { label: 'All load balancers', icon: Waypoints, href: consolePath.loadBalancers() },
  { label: 'IP addresses', icon: MapPin, href: consolePath.ipAddresses() },
  { label: 'Subscribers', icon: BellRing, href: consolePath.subscribers() },
  { label: 'Security', icon: ShieldCheck, href: consolePath.security() },
  { label: 'People', icon: Users, href: consolePath.people() },
  { label: 'API tokens', icon: KeyRound, href: consolePath.apiTokens() },
  { label: 'Documentation', icon: BookOpen, href: consolePath.documentation() },
  { label: 'API documentation', icon: FileCode, href: consolePath.apiReference() },
  { label: 'Light theme', icon: Sun, theme: 'light' },
  { label: 'Dark theme', icon: Moon, theme: 'dark' },
  { label: 'Theme of the system', icon: Monitor, theme: 'system' },
]

/** The actions for the load balancer whose page is open. */
function actionsOn(path: string): PaletteAction[] {
  const lbId = lbIdOfPath(path)
  if (lbId === null) return []
  const label = 'Copy this load balancer as curl, scw, Terraform or SDK'
  return [{ label, icon: Code, href: consolePath.copyAs(lbId) }]
}

/**
 * The actions whose labels contain all words of the text.
 * @param path the path of the open page
 */
export function matchingActions(text: string, path: string): PaletteAction[] {
  return [...ACTIONS, ...actionsOn(path)].filter(({ label }) => matchesSearch(label, text))
}
