export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** Where the choice is kept: a cookie, so that the server draws the first paint in it. */
export const THEME_COOKIE = 'fairlead_theme'

/** The theme that a cookie or an attribute names; the system's where it names none. */
export function themeOf(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? 'system'
}
