import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { chromium } from "playwright-core";
import type { Test } from "tap";
import t from "tap";
import { day, month } from "../../normalizer/model/dates.ts";
import type { AccountNumber, MeterId, MeterSerial } from "../../normalizer/model/ids.ts";
import type { HeldReading } from "../../normalizer/model/reading-facts.ts";
import { volume } from "../../normalizer/model/units.ts";
import { addUser } from "../../normalizer/store/access.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { approve } from "../../normalizer/store/results.ts";
import type { Teardown } from "../../normalizer/store/testing.ts";
import { hashPassword } from "../access/passwords.ts";
import { explainMonth } from "../explain.ts";
import { createTestHub, TEST_80020, TEST_80020_NAME, TEST_PASSWORD } from "../http/testing.ts";
import { addDelivery, addExchange } from "../http/testing-deliveries.ts";
import { heldReading, keepReadings } from "../http/testing-readings.ts";
import { openRun } from "../runs/create.ts";
import {
  ACCOUNTS,
  createSupplier,
  HOUSE_METER,
  ONE_ZONE_METER,
  SUPPLIER,
} from "../runs/testing.ts";
import { workOn } from "../runs/work.ts";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const browserPath = process.env["CHROMIUM"] ?? BROWSERS.find((path) => existsSync(path));
const skip = browserPath === undefined ? "no Chromium (set CHROMIUM to its path)" : false;

/** Compiled tests lie deeper than the sources. */
function projectFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

function buildConsole(): string {
  const root = projectFolder();
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const built = spawnSync(process.execPath, [vite, "build", "gateway/console/app"], { cwd: root });
  if (built.status !== 0) throw new Error(`vite: ${built.stderr}`);
  return join(root, "build/console");
}

async function openConsole(test: Teardown): Promise<Page> {
  const consoleFolder = buildConsole();
  const hub = await createTestHub(test, {
    consoleFolder,
    explain: (place, period) => explainMonth(hub.database.hub, place, period),
  });
  const database = hub.database.hub;
  const { readings } = await createSupplier(database);
  await addHeld(database, readings);
  const { organisation } = SUPPLIER;
  const period = month("2021-07");
  const { run } = await openRun(database, { organisation, period, author: "test", accountsMax: 9 });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 1, onProgress: () => undefined, signal });
  await approve(database, run, "test");
  await addOutbox(database);
  await addAdvance(database);
  const passwordHash = await hashPassword(TEST_PASSWORD);
  const user = { login: "ivanova", name: "Иванова О. П.", role: "supervisor", districts: null };
  const actor = { organisation, login: "test", address: "test" };
  await addUser(database, actor, { ...user, passwordHash });
  const address = await hub.server.listen({ host: "127.0.0.1", port: 0 });
  const browser = await chromium.launch({
    executablePath: browserPath ?? "",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  test.teardown(() => browser.close());
  return browser.newPage({ baseURL: address, viewport: { width: 1440, height: 900 } });
}

/** The house has paid 5 000 ₽ more than it was charged before. */
async function addAdvance(database: Database): Promise<void> {
  const { house, organisation } = SUPPLIER;
  await ensurePartitions(database, "ledger_entry", ["2021-07-01"]);
  await database.execute(
    `insert into ledger_entry (shard, site, account, value_day, seq, at, organisation, kind,
       period, amount, message)
     values ($1, $2, $3, '2021-07-01', 1, 1, $4, 0, '2021-07-01', -500000, 1)`,
    [house.shard, house.site, ACCOUNTS.house, organisation],
  );
}

/** Account 5001 at 5100 after 4500, and what the display of a common meter cannot show. */
async function addHeld(database: Database, message: number): Promise<void> {
  const { mkd, house, organisation } = SUPPLIER;
  const one = heldReading(2, {
    ...mkd,
    ...{ meter: ONE_ZONE_METER as MeterId, serial: "1" as MeterSerial },
    accountNumber: String(ACCOUNTS.oneZone) as AccountNumber,
    readOn: day("2021-08-22"),
    typed: [{ zone: "T0", text: "5100" }],
    values: [volume(51_000_000)],
    details: { ratio: "3,37" },
    previous: { readOn: day("2021-07-22"), values: [volume(45_000_000)] },
    ...{ volume: volume(6_000_000), expected: volume(1_778_687) },
  });
  const other = heldReading(8, {
    ...{ ...house, meter: HOUSE_METER as MeterId, serial: "4" as MeterSerial },
    accountNumber: String(ACCOUNTS.house) as AccountNumber,
    readOn: day("2021-08-25"),
    typed: [{ zone: "T0", text: "5123" }],
    values: [volume(51_230_000)],
    details: { ratio: "3,60" },
    previous: { readOn: day("2021-07-31"), values: [volume(45_230_000)] },
    ...{ volume: volume(6_000_000), expected: volume(1_665_975) },
  });
  const refused: HeldReading = {
    ...{ ...other, at: 7, accountNumber: null, values: null, volume: null, expected: null },
    ...{ status: "REJECTED", code: "FORMAT", details: { given: "451230", display: "5.0" } },
    typed: [{ zone: "T0", text: "451230" }],
  };
  await ensurePartitions(database, "reading", ["2021-08-23"]);
  await keepReadings(database, organisation, message, [one, other, refused]);
}

const REFUSED = "payment-document/17/2021-07";

/** Two documents of an account, one refused, and a stopped bank. */
async function addOutbox(database: Database): Promise<void> {
  const scope = { organisation: SUPPLIER.organisation, districts: null };
  const place = await placeOf(database, scope, String(ACCOUNTS.oneZone));
  if (!place.ok) throw new Error(place.problem);
  const { shard, account: id } = place.value;
  const account = { id, number: String(ACCOUNTS.oneZone) };
  const base = { destination: "gis-zhkh", shard, account };
  await addDelivery(database, { ...base, object: "account/17", state: "confirmed" });
  await addDelivery(database, {
    ...base,
    object: REFUSED,
    state: "refused",
    needs: ["account/17"],
    code: "OBJECT_REFUSED",
  });
  await addDelivery(database, {
    ...base,
    object: "payment-document/18/2021-07",
    state: "waiting",
    account: null,
  });
  await addDelivery(database, {
    ...base,
    destination: "bank",
    object: "payment-order/9.2",
    state: "held",
    account: null,
  });
  await addExchange(database, {
    id: 70,
    destination: "gis-zhkh",
    request: `<?xml version="1.0" encoding="utf-8"?>\n<import><AccountNumber>${ACCOUNTS.oneZone}</AccountNumber>\n<Surname>Иванов</Surname></import>`,
    answer: "<Error><ErrorCode>INT016012</ErrorCode></Error>",
    object: { shard, key: REFUSED },
    refusal: {
      code: "OBJECT_REFUSED",
      foreignCode: "INT016012",
      text: "Дом не найден в реестре",
    },
  });
  await database.execute(
    `insert into destination_state (destination, organisation, stopped, code, author, at)
     values ('bank', $1, true, 'ACCESS_DENIED', 'hub', now())`,
    [SUPPLIER.organisation],
  );
}

/** Pages as they look are kept in the folder that CONSOLE_SCREENSHOTS names. */
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env["CONSOLE_SCREENSHOTS"];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}

t.test("from the sign-in to the bytes behind a sum", { skip }, async (t) => {
  const page = await openConsole(t);
  const defects: string[] = [];
  page.on("pageerror", (error) => defects.push(error.message));
  // A 401 before the sign-in is expected; a refusal by the content policy is not.
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) defects.push(message.text());
  });
  const text = async (selector: string): Promise<string> =>
    String(await page.locator(selector).first().textContent());

  await page.goto("/");
  await page.getByLabel("Имя входа").fill("ivanova");
  await page.getByLabel("Пароль").fill("wrong password");
  await page.keyboard.press("Enter");
  t.match(await text("[role=alert]"), "Неверное имя или пароль");
  await page.getByLabel("Пароль").fill(TEST_PASSWORD);
  await page.keyboard.press("Enter");

  await page.getByLabel("Номер лицевого счёта или договора").fill("500");
  await page.getByRole("option").nth(3).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.locator(".lines tbody tr").nth(1).waitFor();
  t.equal(new URL(page.url()).pathname, `/accounts/${ACCOUNTS.oneZone}`);
  t.match(await text(".balance"), /долг1.116,57 ₽/);
  t.match(await text(".holder"), "И••••• И. И.");
  await page.getByRole("button", { name: "показать имя" }).click();
  await page.getByText("Иванов И. И.").waitFor();

  await page.locator(".lines tbody tr").nth(0).locator("button.money").click();
  await page.locator(".verdict.good").waitFor();
  t.match(await text(".product"), /50,6667 кВт·ч × 5,73 ₽ = 290,32 ₽/);
  t.match(await text(".steps >> nth=-1"), /290,320191 ₽ → 290,32 ₽/, "the rounding is shown");
  t.match(page.url(), /month=2021-07&line=\d/);
  await page.keyboard.press("ArrowDown");
  await page.locator(".product", { hasText: "826,25" }).waitFor();
  await page.locator(".sources .link", { hasText: "4500" }).first().click();
  await page.locator(".piece.marked").waitFor();
  t.match(await text(".piece.marked"), "oneZone;2021-07-22;4500", "the row of the message");
  t.match(await text(".hex"), /6f 6e 65 5a 6f 6e 65 3b/, "its bytes: oneZone;");

  const link = page.url();
  await page.keyboard.press("Escape");
  await page.locator(".product").waitFor({ state: "detached" });
  await page.goto("/");
  await page.goto(link);
  await page.locator(".piece.marked").waitFor();
  t.match(await text(".product"), /826,25/, "the link opens the line and the bytes");
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("50-0");
  await page.getByRole("option").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".heat rect.linked").first().waitFor();
  t.equal(
    await page.locator(".heat rect.linked").count(),
    31 * 48,
    "each half-hour has its origin",
  );
  await page.locator(".heat rect.linked").nth(100).hover();
  t.match(await text(".heat-note"), /03\.07\.2021 02:00–02:30 — 32,399 кВт·ч/);
  await page.locator(".lines button.money").first().click();
  await page.locator(".verdict.good").waitFor();
  t.match(await text(".product"), /48.210 кВт·ч/);
  await page.keyboard.press("Escape");
  await checkFiles(t, page);
  await walkDeliveries(t, page);
  await walkRefunds(t, page);
  await controlReadings(t, page);
  await walkReports(t, page);
  t.same(defects, []);
});

/** The page «Проверить файл»: by choice, by drop, another way of checking, a deep link. */
async function checkFiles(t: Test, page: Page): Promise<void> {
  const verdict = (words: string) => page.locator(".verdict-box h2", { hasText: words }).waitFor();
  await page.getByRole("link", { name: "Проверить файл" }).click();
  const buffer = Buffer.from(TEST_80020);
  const file = { name: TEST_80020_NAME, mimeType: "text/xml", buffer };
  await page.getByLabel("Файл", { exact: true }).setInputFiles(file);
  await verdict("Файл попадёт в карантин");
  t.match(await page.locator(".problems tbody tr").allTextContents(), [/^UNKNOWN_PARTNER/]);
  await page.getByText("только сам файл").click();
  await verdict("Файл будет принят, есть замечания");
  t.match(
    await page.locator(".sums tbody tr").allTextContents(),
    [/472070015107101.*активная, приём.*12,5кВт·ч/],
    "12 and 0,5 kWh",
  );
  t.match(page.url(), /\/check-file\?against=none$/);
  await page.reload();
  await page.getByLabel("Файл", { exact: true }).waitFor({ state: "attached" });
  // Text, because names of the browser mean nothing to a program of Node.
  const dropped = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([${JSON.stringify(TEST_80020.slice(0, -20))}], "broken.xml"));
    return transfer;
  })()`);
  await page.dispatchEvent("main", "drop", { dataTransfer: dropped });
  await verdict("Файл будет отклонён");
  t.match(await page.locator(".problems tbody tr").allTextContents(), [/^XML_MALFORMED/]);
  t.ok(await page.getByText("только сам файл").isChecked(), "the link keeps the choice");
}

/** The page «Доставки»: counts as filters, attempts, what went out, a refused one sent again, a stopped bank released. */
async function walkDeliveries(t: Test, page: Page): Promise<void> {
  await page.getByRole("link", { name: "Доставки" }).click();
  await page.getByText("Остановлено").waitFor();
  await look(page, "deliveries");
  await page.getByRole("button", { name: "gis-zhkh: отказано, 1" }).click();
  await page.locator(".delivery-list tbody tr").first().waitFor();
  t.equal(await page.locator(".delivery-list tbody tr").count(), 1);
  t.match(page.url(), /destination=gis-zhkh&state=refused/);
  await page.locator("body").click({ position: { x: 5, y: 400 } });
  await page.keyboard.press("Enter");
  await page.locator(".attempt").waitFor();
  t.match(await page.locator(".attempt").textContent(), /INT016012.*Дом не найден в реестре/);
  await page.getByRole("button", { name: /^Запрос/ }).click();
  await page.locator(".exchange-bytes pre").waitFor();
  t.match(await page.locator(".exchange-bytes pre").textContent(), "<Surname>••••••</Surname>");
  await look(page, "delivery-drawer");
  await page.getByRole("button", { name: "показать скрытые имена" }).click();
  await page.getByText("<Surname>Иванов</Surname>").waitFor();
  await page.reload();
  await page.locator(".exchange-bytes pre").waitFor();
  await page.getByRole("button", { name: "Закрыть" }).click();
  await page.locator(".delivery-list").getByRole("checkbox").check();
  await page.getByRole("button", { name: "Отправить снова" }).click();
  await page.getByText("Таких доставок нет.").waitFor();
  await page.getByRole("button", { name: "gis-zhkh: ждёт, 2" }).waitFor();
  await page.getByRole("button", { name: "Возобновить отправку" }).click();
  await page.getByText("Остановлено").waitFor({ state: "detached" });
  await look(page, "deliveries-after");
}

/** The page «Отчёты»: the report and the month stand in the address, and change by keys. */
async function walkReports(t: Test, page: Page): Promise<void> {
  await page.goto("/reports?report=osv&month=2021-07");
  const row = page.locator(".report tbody tr", { hasText: String(ACCOUNTS.oneZone) });
  await row.waitFor();
  t.match(await row.textContent(), /И••••• И\. И\..*1.116,57/);
  t.match(await page.locator(".report tfoot").textContent(), /^Итого.*5.000,00/);
  await look(page, "reports");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Скачать CSV" }).click(),
  ]);
  t.equal(download.suggestedFilename(), "osv-2021-07.csv");
  await page.keyboard.press("ArrowLeft");
  await page.getByText("За этот месяц строк нет.").waitFor();
  await page.keyboard.press("2");
  await page.getByRole("heading", { name: "Список должников, июнь 2021" }).waitFor();
  t.match(page.url(), /report=debtors&month=2021-06$/);
  await page.reload();
  await page.getByRole("heading", { name: "Список должников, июнь 2021" }).waitFor();
  await page.goto("/reports?report=osv&month=2021-07");
  await row.getByRole("link").click();
  await page.locator(".balance").waitFor();
}

/** An advance is ordered back on the account's page, not approved by whoever ordered it, and withdrawn in the queue. */
async function walkRefunds(t: Test, page: Page): Promise<void> {
  await page.goto(`/accounts/${ACCOUNTS.house}?tab=payments`);
  await page.getByRole("button", { name: "Вернуть аванс" }).click();
  const fill = (label: string, value: string) => page.getByLabel(label).fill(value);
  await fill("Сумма, ₽", "350,40");
  await page.getByLabel("Получатель", { exact: true }).fill("ПЕТРОВ ПЕТР ПЕТРОВИЧ");
  await fill("Счёт получателя", "40817810100000000029");
  await fill("Банк получателя", "УЧЕБНЫЙ БАНК-2");
  await fill("БИК", "044599202");
  await fill("Корреспондентский счёт", "30101810000000000202");
  await page.getByLabel("Основание", { exact: true }).fill("заявление 5");
  const send = page.getByRole("button", { name: "Заказать возврат" });
  await send.click();
  t.match(await page.locator(".split .refusal").textContent(), /40817810100000000029/);
  await fill("Счёт получателя", "40817810000000000029");
  await send.click();
  await page.locator(".refunds tbody tr").waitFor();
  t.match(await page.locator(".refunds tbody tr").textContent(), /350,40.*ждёт утверждения/);
  await look(page, "refunds");
  await page.goto("/payments/unrecognised");
  await page.getByLabel(/^Основание решения/).fill("ошибка");
  await page.getByRole("button", { name: "Утвердить" }).click();
  t.match(await page.locator(".refunds .refusal").textContent(), /тот, кто его заказал/);
  await page.getByRole("button", { name: "Отозвать" }).click();
  await page.locator(".refunds").waitFor({ state: "detached" });
}

/** The page «Показания: контроль»: by keyboard to a doubtful reading, its bytes, confirmed; another one refused. */
async function controlReadings(t: Test, page: Page): Promise<void> {
  await page.getByRole("link", { name: "Показания" }).click();
  await page.locator(".held-list tbody tr").nth(1).waitFor();
  await look(page, "readings");
  t.match(
    await page.locator(".held-list tbody tr").nth(1).textContent(),
    /^5001122\.08\.2021450051006003,37личный кабинет.*намного выше обычного: в 3,37 раза/,
  );
  await page.getByRole("heading", { name: "Показания: контроль" }).click();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".piece.marked").waitFor();
  t.match(await page.locator(".piece.marked").textContent(), "oneZone;2021-07-22;4500");
  t.match(page.url(), /reading=\d+%3A2/);
  await page.reload();
  await page.getByLabel("Основание").fill("звонок потребителю: ремонт");
  await page.locator(".piece.marked").waitFor();
  await look(page, "reading-drawer");
  await page.keyboard.press("Enter");
  await page.getByText("5001: 5100 подтверждено.").waitFor();
  await page.locator(".held-list tbody tr").nth(1).waitFor({ state: "detached" });
  await page
    .locator(".held-list tbody tr")
    .first()
    .click({ position: { x: 300, y: 8 } });
  await page.getByLabel("Основание").fill("опечатка, на фото 4623");
  await page.getByRole("button", { name: "Отклонить" }).click();
  await page.getByText("Таких показаний нет.").waitFor();
  await page.getByRole("button", { name: /^Отклонённые показания/ }).click();
  await page.locator(".held-list tbody tr").nth(1).waitFor();
  t.match(
    await page.locator(".held-list tbody").textContent(),
    /общий прибор4.*451230.*не помещается на табло/,
  );
  t.match(await page.locator(".held-list tbody").textContent(), /ivanova: опечатка, на фото 4623/);
  t.match(page.url(), /list=rejected/);
  await look(page, "readings-rejected");
}
