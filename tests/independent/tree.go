// SPDX-License-Identifier: Apache-2.0

// A second opinion on the audit log, by people who never saw PVM: golang.org/x/mod/sumdb/tlog, which serves Go's
// checksum database. It computes heads and proofs from the records alone and compares them with what pvmctl printed.
//
//	tree DIR
//
// DIR holds:
//
//	records       the records, one a line, in hexadecimal, from entry 1 on
//	heads         checkpoints, one after the other (three lines each)
//	entries/*     tlog-proofs; beside each NAME the record that it proves, as NAME.record
//	since/*       consistency proofs, as a witness is sent them
//
// It says what it compared; exit status 0 means that all of it agrees.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The stored hashes of the tree, in memory.
type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("no stored hash %d", index)
		}
		hashes[i] = s[index]
	}
	return hashes, nil
}

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// ParseTree knows the checksum database's own first line; the other two are the same in every checkpoint.
func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.SplitAfter(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return checkpoint{}, fmt.Errorf("a checkpoint of %d lines", len(lines)-1)
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + lines[2]))
	return checkpoint{strings.TrimSuffix(lines[0], "\n"), tree}, err
}

// The hashes up to the blank line, the note text after it, and what follows the note's own blank line.
func parseTail(text string) (hashes []tlog.Hash, body, signatures string, err error) {
	for !strings.HasPrefix(text, "\n") {
		line, rest, found := strings.Cut(text, "\n")
		if !found {
			return nil, "", "", errors.New("no blank line after the hashes")
		}
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, "", "", err
		}
		hashes = append(hashes, hash)
		text = rest
	}
	body, signatures, found := strings.Cut(text[1:], "\n\n")
	if !found {
		return nil, "", "", errors.New("no blank line after the checkpoint")
	}
	return hashes, body + "\n", signatures, nil
}

// "NAME 12" and what follows.
func parseNumber(text, name string) (int64, string, error) {
	line, rest, _ := strings.Cut(text, "\n")
	digits := strings.TrimPrefix(line, name+" ")
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strconv.FormatInt(number, 10) != digits {
		return 0, "", fmt.Errorf("%q is not a line of %s", line, name)
	}
	return number, rest, nil
}

func same(got, want []tlog.Hash) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if got[i] != want[i] {
			return false
		}
	}
	return true
}

type comparison struct {
	dir     string
	records [][]byte
	stored  storage
	origin  string
	signer  note.Signer
	known   note.Verifiers

	heads, entries, pairs, notes int
	differences                  int
}

func (c *comparison) differ(format string, arguments ...any) {
	c.differences++
	fmt.Printf("DIFFERS: "+format+"\n", arguments...)
}

func (c *comparison) readRecords() error {
	text, err := os.ReadFile(filepath.Join(c.dir, "records"))
	if err != nil {
		return err
	}
	for i, line := range strings.Fields(string(text)) {
		record, err := hex.DecodeString(line)
		if err != nil {
			return err
		}
		hashes, err := tlog.StoredHashes(int64(i), record, c.stored)
		if err != nil {
			return err
		}
		c.records = append(c.records, record)
		c.stored = append(c.stored, hashes...)
	}
	return nil
}

// Whether a checkpoint is the head that the records hash to.
func (c *comparison) head(name, body string) (checkpoint, bool) {
	read, err := parseCheckpoint(body)
	if err != nil {
		c.differ("%s: %v", name, err)
		return read, false
	}
	if c.origin == "" {
		c.origin = read.origin
	}
	hash, err := tlog.TreeHash(read.tree.N, c.stored)
	if err != nil || read.origin != c.origin || read.tree.N > int64(len(c.records)) || hash != read.tree.Hash {
		c.differ("%s: %v is not the head of the first %d records (%v, %v)", name, read, read.tree.N, hash, err)
		return read, false
	}
	return read, true
}

func (c *comparison) compareHeads() error {
	text, err := os.ReadFile(filepath.Join(c.dir, "heads"))
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] != "" || len(lines)%3 != 1 {
		return errors.New("heads are no checkpoints of three lines")
	}
	for i := 0; i+3 < len(lines); i += 3 {
		if _, good := c.head(fmt.Sprintf("head %d", i/3+1), strings.Join(lines[i:i+3], "")); good {
			c.heads++
		}
	}
	return nil
}

// Without signature lines the end of a proof is no signed note yet, and with those of any note key it is one.
func (c *comparison) compareNote(name, body, signatures string) {
	if _, err := note.Open([]byte(body+"\n"+signatures), c.known); err == nil || signatures != "" {
		c.differ("%s: its checkpoint is signed by somebody", name)
		return
	}
	signed, err := note.Sign(&note.Note{Text: body}, c.signer)
	if err != nil || !bytes.HasPrefix(signed, []byte(body+"\n")) {
		c.differ("%s: its checkpoint cannot be signed as a note: %v", name, err)
		return
	}
	opened, err := note.Open(signed, c.known)
	if err != nil || opened.Text != body {
		c.differ("%s: its checkpoint is no note text: %v", name, err)
		return
	}
	c.notes++
}

func (c *comparison) compareEntry(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	record, err := os.ReadFile(path + ".record")
	if err != nil {
		return err
	}
	rest := strings.TrimPrefix(string(text), "c2sp.org/tlog-proof@v1\n")
	index, rest, err := parseNumber(rest, "index")
	if err != nil {
		return err
	}
	hashes, body, signatures, err := parseTail(rest)
	if err != nil {
		return err
	}
	in, good := c.head(path, body)
	if !good {
		return nil
	}
	if index >= int64(len(c.records)) || !bytes.Equal(record, c.records[index]) {
		c.differ("%s: its record is not record %d", path, index)
		return nil
	}
	want, err := tlog.ProveRecord(in.tree.N, index, c.stored)
	if err != nil {
		return err
	}
	if !same(hashes, want) {
		c.differ("%s: not the proof of record %d in %d", path, index, in.tree.N)
		return nil
	}
	if err := tlog.CheckRecord(hashes, in.tree.N, in.tree.Hash, index, tlog.RecordHash(record)); err != nil {
		c.differ("%s: %v", path, err)
		return nil
	}
	c.compareNote(path, body, signatures)
	c.entries++
	return nil
}

func (c *comparison) comparePair(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	old, rest, err := parseNumber(string(text), "old")
	if err != nil {
		return err
	}
	hashes, body, signatures, err := parseTail(rest)
	if err != nil {
		return err
	}
	in, good := c.head(path, body)
	if !good {
		return nil
	}
	want, err := tlog.ProveTree(in.tree.N, old, c.stored)
	if err != nil {
		return err
	}
	if !same(hashes, want) {
		c.differ("%s: not the proof from %d to %d", path, old, in.tree.N)
		return nil
	}
	before, err := tlog.TreeHash(old, c.stored)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(hashes, in.tree.N, in.tree.Hash, old, before); err != nil {
		c.differ("%s: %v", path, err)
		return nil
	}
	c.compareNote(path, body, signatures)
	c.pairs++
	return nil
}

func (c *comparison) each(pattern string, compare func(path string) error) error {
	paths, err := filepath.Glob(filepath.Join(c.dir, pattern))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if strings.HasSuffix(path, ".record") {
			continue
		}
		if err := compare(path); err != nil {
			c.differ("%s: %v", path, err)
		}
	}
	return nil
}

func (c *comparison) run() error {
	secret, public, err := note.GenerateKey(rand.Reader, "pvm/test")
	if err != nil {
		return err
	}
	if c.signer, err = note.NewSigner(secret); err != nil {
		return err
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return err
	}
	c.known = note.VerifierList(verifier)
	if err := c.readRecords(); err != nil {
		return err
	}
	if err := c.compareHeads(); err != nil {
		return err
	}
	if err := c.each("entries/*", c.compareEntry); err != nil {
		return err
	}
	return c.each("since/*", c.comparePair)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tree DIR")
		os.Exit(2)
	}
	c := comparison{dir: os.Args[1]}
	if err := c.run(); err != nil {
		c.differ("%v", err)
	}
	fmt.Printf("%d records: %d heads, %d entries, %d pairs of sizes, %d note texts agree; %d differences\n",
		len(c.records), c.heads, c.entries, c.pairs, c.notes, c.differences)
	if c.differences > 0 {
		os.Exit(1)
	}
}
