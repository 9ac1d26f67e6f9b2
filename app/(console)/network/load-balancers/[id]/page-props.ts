import type { ReactNode } from 'react'

/** The props of a load balancer's pages and layouts. */
export type LbPageProps = { params: Promise<{ id: string }> }
export type LbLayoutProps = LbPageProps & { children: ReactNode }
