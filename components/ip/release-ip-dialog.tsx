'use client'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { useReleaseIp } from '#lib/client/ip-mutations.ts'
import type { Ip } from '#lib/core/ip.ts'

/** Asks before a conserved IP address is released. */
export function ReleaseIpDialog({ ip, onClose }: { ip: Ip; onClose: () => void }) {
  const release = useReleaseIp({
    onSuccess: () => {
      toast.success(`${ip.ip_address} is released.`)
      onClose()
    },
  })
  return (
    <ConfirmAction
      title={`Release ${ip.ip_address}?`}
      description="It goes back to the pool and may be given to another load balancer. You can't choose it again."
      confirmLabel="Release"
      loading={release.isPending}
      submitError={release.error}
      onConfirm={() => release.mutate(ip)}
      onClose={onClose}
    />
  )
}
