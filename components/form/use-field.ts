'use client'
import { useRef } from 'react'
import {
  type ChangeHandler,
  type FieldPath,
  type FieldValues,
  useFormContext,
} from 'react-hook-form'
import { pointerReleased } from './pointer-released.ts'

/**
 * The props of an input of the form around it: its registration and its error. Leaving an input that was not edited
 * validates nothing: dialogs focus their first input, and **Cancel** must not make it an error first.
 */
export function useField<Values extends FieldValues>(name: FieldPath<Values>) {
  const { register, getFieldState, formState, clearErrors } = useFormContext<Values>()
  const { error } = getFieldState(name, formState)
  const isEdited = useRef(false)
  const registration = register(name)
  const onChange: ChangeHandler = (event) => {
    isEdited.current = true
    // The API rejected the value before the change.
    if (error?.type === 'server') clearErrors(name)
    return registration.onChange(event)
  }
  const onBlur: ChangeHandler = async (event) => {
    if (!isEdited.current) return
    // An error moves what is below it, such as a button that is being pressed.
    await pointerReleased()
    await registration.onBlur(event)
  }
  return {
    ...registration,
    onChange,
    onBlur,
    error: error?.message,
  }
}
