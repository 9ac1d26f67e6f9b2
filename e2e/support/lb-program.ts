import { giveBackMemory } from '#lib/runtime/memory.ts'
import { runLb } from '#lib/runtime/testing.ts'
import type { LbProcessAnswer, LbProcessOrder, LbProcessSetup } from './lb-process.ts'

// One load balancer in a process of its own, so that its memory, descriptors and CPU time can be told from its clients'.

const { backend, frontend } = JSON.parse(process.argv[2] ?? '') as LbProcessSetup
const { lb, port, change } = runLb(backend, frontend)
const say = (answer: LbProcessAnswer) => process.send?.(answer)

process.on('message', (order: LbProcessOrder) => {
  if (order.type === 'change') change(order.change)
  else say({ type: 'report', report: lb.report() })
})
process.on('disconnect', () => process.exit())
giveBackMemory()
say({ type: 'listening', port })
