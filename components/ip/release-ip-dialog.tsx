'use client'
import { toast } from 'sonner'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useReleaseIp } from '#lib/client/ip-mutations.ts'
import type { Ip } from '#lib/core/ip.ts'

/** Asks before a conserved address is given back. */
export function ReleaseIpDialog({ ip, onClose }: { ip: Ip; onClose: () => void }) {
  const release = useReleaseIp()
  const confirm = () =>
    release.mutate(ip, {
      onSuccess: () => {
        toast.success(`${ip.ip_address} is released.`)
        onClose()
      },
    })
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Release ${ip.ip_address}?`}
      description="It goes back to the pool and may be given to another load balancer. You can't choose it again."
      confirmLabel="Release"
      loading={release.isPending}
      error={release.error && errorMessage(release.error)}
      onConfirm={confirm}
    />
  )
}
