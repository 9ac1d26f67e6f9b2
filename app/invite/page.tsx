import type { Metadata } from 'next'
import { Invitation } from '#components/shell/invitation.tsx'

export const metadata: Metadata = { title: 'Choose a password' }

export default function InvitePage() {
  return <Invitation />
}
