/** How many characters a password may have. */
export const PASSWORD_MIN = 8
export const PASSWORD_MAX = 128
