-- CreateTable
CREATE TABLE "LedgerJournal" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "cause" TEXT NOT NULL,
    "causeRef" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "bizDate" TEXT NOT NULL,
    "lateFor" TEXT,
    "memo" TEXT,
    "postedAtMs" BIGINT NOT NULL,
    "postedBy" TEXT,
    "contentHash" TEXT NOT NULL,
    "previousHash" TEXT NOT NULL,
    "hash" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "LedgerTransfer" (
    "seq" INTEGER NOT NULL,
    "leg" INTEGER NOT NULL,
    "estateId" TEXT NOT NULL,
    "bizDate" TEXT NOT NULL,
    "debit" TEXT NOT NULL,
    "credit" TEXT NOT NULL,
    "amountFen" BIGINT NOT NULL,
    "debitOf" TEXT,
    "creditOf" TEXT,
    "householdId" TEXT,
    "billId" TEXT,

    PRIMARY KEY ("seq", "leg")
);

-- CreateTable
CREATE TABLE "LedgerDay" (
    "account" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "partOf" TEXT NOT NULL,
    "bizDate" TEXT NOT NULL,
    "debitFen" BIGINT NOT NULL,
    "creditFen" BIGINT NOT NULL,

    PRIMARY KEY ("account", "estateId", "partOf", "bizDate")
);

-- CreateTable
CREATE TABLE "LedgerLock" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "estateId" TEXT NOT NULL,
    "closedUntil" TEXT NOT NULL,
    "setAtMs" BIGINT NOT NULL,
    "setBy" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "LedgerJournal_estateId_bizDate_idx" ON "LedgerJournal"("estateId", "bizDate");

-- CreateIndex
CREATE UNIQUE INDEX "LedgerJournal_cause_causeRef_key" ON "LedgerJournal"("cause", "causeRef");

-- CreateIndex
CREATE INDEX "LedgerTransfer_debit_estateId_bizDate_idx" ON "LedgerTransfer"("debit", "estateId", "bizDate");

-- CreateIndex
CREATE INDEX "LedgerTransfer_credit_estateId_bizDate_idx" ON "LedgerTransfer"("credit", "estateId", "bizDate");

-- CreateIndex
CREATE INDEX "LedgerTransfer_householdId_seq_idx" ON "LedgerTransfer"("householdId", "seq");

-- CreateIndex
CREATE INDEX "LedgerTransfer_billId_idx" ON "LedgerTransfer"("billId");

-- CreateIndex
CREATE INDEX "LedgerDay_estateId_bizDate_idx" ON "LedgerDay"("estateId", "bizDate");

-- CreateIndex
CREATE INDEX "LedgerLock_estateId_seq_idx" ON "LedgerLock"("estateId", "seq");


-- What is posted stays as it is: corrections are new journals.
CREATE TRIGGER "LedgerJournal_no_update" BEFORE UPDATE ON "LedgerJournal" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "LedgerJournal_no_delete" BEFORE DELETE ON "LedgerJournal" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "LedgerTransfer_no_update" BEFORE UPDATE ON "LedgerTransfer" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "LedgerTransfer_no_delete" BEFORE DELETE ON "LedgerTransfer" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
