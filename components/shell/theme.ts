export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** The cookie that stores the theme, so that the server's first paint has it. */
export const THEME_COOKIE = 'fairlead_theme'

/** The theme of a cookie or an attribute; by default the system's. */
export function themeOf(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? 'system'
}
