import { giveBackMemory } from '#lib/runtime/memory.ts'
import { runLb } from '#lib/testing/runtime/running-lb.ts'
import type { LbProcessAnswer, LbProcessOrder, LbProgramSetup } from './lb-process.ts'

// One or more load balancers in their own process, so that memory, descriptors and CPU time are separate from the clients'.

const { backend, frontend, beside } = JSON.parse(process.argv[2] ?? '') as LbProgramSetup
const { lb, port, change } = runLb(backend, frontend)
const others = beside.map((other) => runLb(other.backend, other.frontend))
const say = (answer: LbProcessAnswer) => process.send?.(answer)

process.on('message', (order: LbProcessOrder) => {
  if (order.type === 'change') change(order.change)
  else say({ type: 'report', report: lb.report() })
})
process.on('disconnect', () => process.exit())
giveBackMemory()
say({ type: 'listening', port, beside: others.map((other) => other.port) })
