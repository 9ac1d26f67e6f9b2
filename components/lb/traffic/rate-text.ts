import type { Backend } from '#lib/core/backend.ts'
import type { TrafficRate } from '#lib/core/traffic.ts'

const FEW = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const MANY = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** A rate per second: one decimal below ten, none above. */
export function perSecond(value: number): string {
  return (value < 9.95 ? FEW : MANY).format(value)
}

/** "12 req/s", in TCP mode "3 conn/s"; null for no traffic. */
export function rateText(rate: TrafficRate, protocol: Backend['forward_protocol']): string | null {
  const value = protocol === 'http' ? rate.requests : rate.connections
  if (value === 0) return null
  return `${perSecond(value)} ${protocol === 'http' ? 'req/s' : 'conn/s'}`
}
