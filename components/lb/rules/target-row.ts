/** The row that a link names by its fragment stands out. */
export const TARGET_ROW = 'scroll-mt-20 target:bg-accent-soft'
