import { redirect } from 'next/navigation'

/** Redirects to the load balancers. Without a session, that page redirects to the log-in. */
export default function HomePage() {
  redirect('/network/load-balancers')
}
