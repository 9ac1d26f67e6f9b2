import { AsyncLocalStorage, createHook } from 'node:async_hooks'

const SOCKETS = new Set(['TCPWRAP', 'TCPCONNECTWRAP', 'UDPWRAP'])
const LOOK_UPS = new Set(['GETADDRINFOREQWRAP', 'QUERYWRAP'])

type Counts = { sockets: number; lookUps: number }
const context = new AsyncLocalStorage<Counts>()

/**
 * Counts the sockets that the calling test opens and the names that it resolves from now on, until it is disposed. Others in this
 * process don't count.
 */
export function countSockets() {
  const counts: Counts = { sockets: 0, lookUps: 0 }
  context.enterWith(counts)
  const hook = createHook({
    init(_id, type) {
      if (context.getStore() !== counts) return
      if (SOCKETS.has(type)) counts.sockets += 1
      if (LOOK_UPS.has(type)) counts.lookUps += 1
    },
  }).enable()
  return {
    counts,
    [Symbol.dispose]() {
      hook.disable()
    },
  }
}
