import { isMainThread } from 'node:worker_threads'

/** The name of a backend that ends every node that applies it. */
export const CRASHING = 'crashes'

// For tests. Loaded before a process's own code (`node --import`). Only nodes have settings with a node in them.
const settings = JSON.parse(process.env.FAIRLEAD_SETTINGS ?? '{}')
if (typeof settings.node === 'string' && isMainThread) {
  const { LoadBalancer } = await import('#lib/runtime/load-balancer.ts')
  const { apply } = LoadBalancer.prototype
  LoadBalancer.prototype.apply = function (prepared, ...more) {
    if (prepared.config.backends.some(({ name }) => name === CRASHING)) process.abort()
    return apply.call(this, prepared, ...more)
  }
}
