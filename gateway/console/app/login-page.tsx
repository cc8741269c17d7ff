import { Button, PasswordInput, TextInput } from "@mantine/core";
import type { FormEvent } from "react";
import { useState } from "react";
import type { MeAnswer } from "../../http/schemas/sessions.ts";
import { failureOf, post } from "./api.ts";

interface Props {
  readonly note: string | null;
  readonly onOpened: (me: MeAnswer) => void;
}

/** Stays on the address it was asked for: after the sign-in the deep link opens. */
export function LoginPage({ note, onOpened }: Props) {
  const [refusal, setRefusal] = useState<string | null>(note);
  const [busy, setBusy] = useState(false);
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const login = String(form.get("login")).trim();
      const password = String(form.get("password"));
      onOpened(await post<MeAnswer>("/api/login", { login, password }));
    } catch (error) {
      const failure = failureOf(error);
      setRefusal(`${failure.message}. ${failure.remedy}`);
      setBusy(false);
    }
  }
  return (
    <main className="login">
      <form onSubmit={submit}>
        <h1 className="brand">
          <span className="brand-mark">ϟ</span>энергохаб
        </h1>
        <p className="muted">Рабочее место гарантирующего поставщика</p>
        <TextInput
          name="login"
          label="Имя входа"
          autoComplete="username"
          data-autofocus
          autoFocus
          required
          withAsterisk={false}
        />
        <PasswordInput
          name="password"
          label="Пароль"
          autoComplete="current-password"
          required
          withAsterisk={false}
        />
        {refusal !== null && (
          <p className="refusal" role="alert">
            {refusal}
          </p>
        )}
        <Button type="submit" loading={busy} fullWidth>
          Войти
        </Button>
      </form>
    </main>
  );
}
