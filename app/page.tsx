import { redirect } from 'next/navigation'

/** The console opens at its one product; without a session, that page leads to the log-in. */
export default function HomePage() {
  redirect('/network/load-balancers')
}
