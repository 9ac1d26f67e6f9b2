import type { NodeOutage } from '#lib/core/node.ts'
import { millisecondsText } from '../failover/failover-text.ts'
import { lbCount } from './move-text.ts'

/** What the loss of a host has caused, and what is unprotected until it is back: one or two sentences. */
export function outageText({ lbs, failovers, longest_gap_ms: longest }: NodeOutage): string {
  const waited =
    longest === null ? '' : `; new connections waited ${millisecondsText(longest)} at most`
  const done = failovers === 0 ? '' : `${lbCount(failovers)} failed over${waited}. `
  if (lbs === 0) return `${done}No load balancer is placed on it.`
  const have = lbs === 1 ? 'has' : 'have'
  return `${done}Until it is back, ${lbCount(lbs)} ${have} only one host, so nothing takes over if that fails too.`
}
