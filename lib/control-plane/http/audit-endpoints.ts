import { AuditList, ListAudit } from '#lib/core/audit.ts'
import { listAudit } from '../services/audit/list-audit.ts'
import type { Call, Endpoint } from './endpoint.ts'

export const AUDIT_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/audit',
    summary: 'List logins, denials and changes, newest first',
    needs: 'people',
    query: ListAudit,
    response: AuditList,
    handle: async (call) => ({ value: await listAudit(call) }),
  },
]
