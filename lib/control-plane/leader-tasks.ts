import type { Logger } from 'pino'
import { AuditMaintenance } from './audit/audit-maintenance.ts'
import { SyslogForwarder } from './audit/syslog/syslog-forwarder.ts'
import type { Parts } from './context.ts'
import { startRowLogPruning } from './leadership/row-log-pruning.ts'
import type { LeaderTask } from './leadership/term.ts'
import { AlertMonitor } from './notifications/alert-monitor.ts'
import { Dispatcher } from './notifications/dispatcher.ts'
import { pruneReplicas } from './replicas/prune-replicas.ts'
import { settleLetsencrypt } from './services/certificates/settle-letsencrypt.ts'
import type { Settings } from './settings.ts'

/** What one control plane does for all that share a database. Placement has further tasks. */
export function leaderTasks(parts: Parts, settings: Settings, log: Logger): LeaderTask[] {
  const { store, commits, audit, fleet, traffic, egress, notifications } = parts
  const { syslog, retention } = settings.audit
  const tasks: LeaderTask[] = [
    { name: 'traffic history', start: (term) => traffic.startRecording(term) },
    {
      name: 'alerts',
      start: (term) => {
        const monitor = new AlertMonitor({ store, commits, fleet, notifications, term, log })
        return () => monitor.stop()
      },
    },
    {
      name: 'deliveries',
      start: (term) => {
        const parts = { store, commits, settings: notifications, egress, term, log }
        const dispatcher = new Dispatcher(parts)
        return () => dispatcher.stop()
      },
    },
    {
      name: 'audit maintenance',
      start: (term) => {
        const maintenance = new AuditMaintenance({ store, audit, retention, log }, term)
        return () => maintenance.stop()
      },
    },
    pruneReplicas({ store, log }),
    {
      name: 'pending certificate requests',
      start: async ({ authority }) => {
        await settleLetsencrypt({ store, commits }, authority)
        return () => {}
      },
    },
  ]
  if (store.isShared) {
    tasks.push({ name: 'row log', start: (term) => startRowLogPruning({ store, log }, term) })
  }
  if (!syslog) return tasks
  const signals = [commits, audit.written]
  const forward: LeaderTask = {
    name: 'syslog',
    start: async (term) => {
      const forwarder = await SyslogForwarder.start({ store, signals, target: syslog, term, log })
      return () => forwarder.stop()
    },
  }
  return [...tasks, forward]
}
