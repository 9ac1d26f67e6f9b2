'use client'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { Code } from '#components/ui/code.tsx'
import { RadioCards } from '#components/ui/radio-cards.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import { useDeleteLb } from '#lib/client/lb-mutations.ts'
import type { Ip } from '#lib/core/ip.ts'
import type { Lb } from '#lib/core/lb.ts'

/** What happens to the IP address. */
type IpAction = 'keep' | 'release'

function ipOptions({ ip_address }: Ip) {
  return [
    {
      value: 'keep',
      label: `Keep ${ip_address}`,
      description: 'It stays yours, for another load balancer.',
    },
    {
      value: 'release',
      label: 'Release',
      description: 'It goes back to the pool. Anyone may get it.',
    },
  ]
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`

/** @param kept the conserved IP address */
function showDeletedToast(lb: Lb, kept: Ip | null): void {
  const description = kept && (
    <>
      Its address{' '}
      <Link href={consolePath.ipAddress(kept.id)} className="text-accent underline">
        {kept.ip_address}
      </Link>{' '}
      is conserved.
    </>
  )
  toast.success(`Load balancer ${lb.name} is deleted.`, { description })
}

/** Asks for a load balancer's name before deleting it, and whether to keep its IP address. */
export function DeleteLbDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [ipAction, setIpAction] = useState<IpAction>('keep')
  const router = useRouter()
  const ip = lb.ip[0] ?? null
  const remove = useDeleteLb(lb, {
    onSuccess: () => {
      onClose()
      router.push(consolePath.loadBalancers())
      showDeletedToast(lb, ipAction === 'keep' ? ip : null)
    },
  })
  const isConfirmed = typed.trim() === lb.name.trim()
  const confirm = () => remove.mutate({ releaseIp: ipAction === 'release' })
  return (
    <ConfirmAction
      title={`Delete load balancer ${lb.name}?`}
      description={
        <>
          Its {count(lb.frontend_count, 'frontend rule')} and{' '}
          {count(lb.backend_count, 'backend rule')} are lost, and the connections it carries now are
          cut. This can't be undone.
        </>
      }
      confirmLabel="Delete Load Balancer"
      loading={remove.isPending}
      submitError={remove.error}
      disabledReason={isConfirmed ? undefined : 'Type its name first.'}
      onConfirm={confirm}
      onClose={onClose}
    >
      <div className="grid gap-4">
        {ip && (
          <RadioCards
            legend="IP address"
            name="ipAction"
            options={ipOptions(ip)}
            value={ipAction}
            onChange={(event) => setIpAction(event.target.value as IpAction)}
          />
        )}
        <TextField
          label={
            <>
              Type <Code>{lb.name}</Code> to confirm
            </>
          }
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && isConfirmed && !remove.isPending) confirm()
          }}
        />
      </div>
    </ConfirmAction>
  )
}
