import type { ReactNode } from 'react'

/** What pages and layouts of one load balancer are given. */
export type LbPageProps = { params: Promise<{ id: string }> }
export type LbLayoutProps = LbPageProps & { children: ReactNode }
