'use client'
import { clsx } from 'clsx'
import { type LucideIcon, Monitor, Moon, Sun } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { storeCookie } from '#lib/client/browser-storage.ts'
import { THEME_COOKIE, THEMES, type Theme, themeOf } from './theme.ts'

const CHOICES: Record<Theme, { label: string; icon: LucideIcon }> = {
  system: { label: 'Theme of the system', icon: Monitor },
  light: { label: 'Light theme', icon: Sun },
  dark: { label: 'Dark theme', icon: Moon },
}
const YEAR_SECONDS = 365 * 24 * 60 * 60

/** The state is an attribute of the document, which all switches on the page share. */
function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}

const currentTheme = () => themeOf(document.documentElement.dataset.theme)

/** Sets the theme of all pages. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  storeCookie(THEME_COOKIE, theme, YEAR_SECONDS)
}

/** Light, dark, or the system's theme. */
export function ThemeSwitch() {
  const current = useSyncExternalStore(subscribe, currentTheme, () => 'system' as const)
  return (
    <fieldset className="flex w-fit gap-0.5 rounded-control bg-surface-sunken p-0.5">
      <legend className="sr-only">Theme</legend>
      {THEMES.map((theme) => {
        const { label, icon: Icon } = CHOICES[theme]
        return (
          <button
            key={theme}
            type="button"
            aria-label={label}
            aria-pressed={theme === current}
            title={label}
            onClick={() => chooseTheme(theme)}
            className={clsx(
              'grid size-6 place-items-center rounded-[0.25rem] text-muted hover:text-text',
              'aria-pressed:bg-surface aria-pressed:text-text aria-pressed:ring-1 aria-pressed:ring-border-strong/50',
            )}
          >
            <Icon aria-hidden className="size-3.5" />
          </button>
        )
      })}
    </fieldset>
  )
}
