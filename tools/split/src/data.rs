//! Which constants only the second part needs.
//!
//! The module as it left the linker, built with `--emit-relocs`, says of each place in its code and data which symbol's address
//! stands there. From the functions that stay, that leads to the data that stays; data that only moved functions lead to may
//! move with them. Function names connect that module with the one that wasm-bindgen made of it; addresses are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context as _, Result, ensure};
use wasmparser::{
    DataKind, DefinedDataSymbol, KnownCustom, Linking, Name, Operator, Parser, Payload, RelocAddendKind,
    RelocationEntry, SymbolInfo,
};

/// A shorter piece costs more to place anew than it saves.
const SHORTEST: u32 = 24;

/// A module as the linker wrote it.
#[derive(Default)]
struct Linked {
    /// Address of each data segment, and where its bytes begin in the data section.
    segments: Vec<(u32, u32)>,
    symbols: Vec<Option<DefinedDataSymbol>>,
    /// Places in the code section, and the names of the functions there.
    functions: Vec<(Range<u32>, String)>,
    in_code: Vec<RelocationEntry>,
    in_data: Vec<RelocationEntry>,
}

/// The addresses of data that only functions for which `moves` is true refer to.
pub fn movable(linked: &[u8], moves: impl Fn(&str) -> bool) -> Result<Vec<Range<u32>>> {
    let linked = Linked::read(linked)?;
    let (mut stay, mut go) = (BTreeSet::new(), BTreeSet::new());
    for entry in &linked.in_code {
        let place = linked.functions.partition_point(|(range, _)| range.end <= entry.offset);
        let (range, name) = linked.functions.get(place).context("a relocation outside of all functions")?;
        ensure!(range.contains(&entry.offset), "a relocation between two functions");
        if moves(name) { &mut go } else { &mut stay }.insert(entry.index);
    }
    let pointers = linked.pointers();
    follow(&mut stay, &pointers);
    follow(&mut go, &pointers);
    let kept = ranges(stay.iter().filter_map(|symbol| linked.place(*symbol)));
    let gone = ranges(go.difference(&stay).filter_map(|symbol| linked.place(*symbol)));
    Ok(without(&gone, &kept).into_iter().filter(|range| range.end - range.start >= SHORTEST).collect())
}

/// Adds whatever the symbols point to.
fn follow(symbols: &mut BTreeSet<u32>, pointers: &BTreeMap<u32, Vec<u32>>) {
    let mut open: Vec<u32> = symbols.iter().copied().collect();
    while let Some(symbol) = open.pop() {
        for target in pointers.get(&symbol).into_iter().flatten() {
            if symbols.insert(*target) {
                open.push(*target);
            }
        }
    }
}

/// In order, and touching ones as one.
fn ranges(unordered: impl Iterator<Item = Range<u32>>) -> Vec<Range<u32>> {
    let mut all: Vec<Range<u32>> = unordered.filter(|range| !range.is_empty()).collect();
    all.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<u32>> = Vec::new();
    for range in all {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// What of `these` is not in `those`; both in order.
fn without(these: &[Range<u32>], those: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut left = Vec::new();
    for range in these {
        let mut from = range.start;
        for other in those.iter().filter(|other| other.start < range.end && range.start < other.end) {
            left.push(from..other.start.max(from));
            from = from.max(other.end);
        }
        left.push(from..range.end.max(from));
    }
    left.retain(|range| !range.is_empty());
    left
}

impl Linked {
    fn read(bytes: &[u8]) -> Result<Self> {
        let mut linked = Self::default();
        let (mut code, mut sections) = (0, 0);
        let (mut bodies, mut names, mut imported) = (Vec::new(), BTreeMap::new(), 0_u32);
        let (mut code_section, mut data_section) = (None, None);
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                    }
                    sections += 1;
                }
                Payload::CodeSectionStart { range, .. } => {
                    code = range.start;
                    code_section = Some(sections);
                    sections += 1;
                }
                Payload::CodeSectionEntry(body) => {
                    let range = body.range();
                    bodies.push((range.start - code) as u32..(range.end - code) as u32);
                }
                Payload::DataSection(segments) => {
                    let data = segments.range().start;
                    data_section = Some(sections);
                    for segment in segments {
                        let segment = segment?;
                        let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
                        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
                            anyhow::bail!("a data segment whose address is not a number");
                        };
                        let at = segment.range.end - segment.data.len() - data;
                        linked.segments.push((value.cast_unsigned(), at as u32));
                    }
                    sections += 1;
                }
                Payload::CustomSection(custom) => {
                    match custom.as_known() {
                        KnownCustom::Linking(linking) => linked.read_symbols(linking.subsections())?,
                        KnownCustom::Reloc(reloc) => {
                            let entries = reloc.entries().into_iter().collect::<Result<Vec<_>, _>>()?;
                            // Functions and types have numbers instead of addresses.
                            let addresses =
                                entries.into_iter().filter(|entry| entry.ty.addend_kind() != RelocAddendKind::None);
                            if Some(reloc.section_index()) == code_section {
                                linked.in_code = addresses.collect();
                            } else if Some(reloc.section_index()) == data_section {
                                linked.in_data = addresses.collect();
                            }
                        }
                        KnownCustom::Name(subsections) => {
                            for subsection in subsections {
                                let Name::Function(functions) = subsection? else { continue };
                                for naming in functions {
                                    let naming = naming?;
                                    names.insert(naming.index, rustc_demangle::demangle(naming.name).to_string());
                                }
                            }
                        }
                        _ => {}
                    }
                    sections += 1;
                }
                other => sections += u32::from(other.as_section().is_some()),
            }
        }
        ensure!(
            !linked.symbols.is_empty() && !linked.in_code.is_empty(),
            "the module was not linked with --emit-relocs"
        );
        linked.functions = bodies
            .into_iter()
            .zip(imported..)
            .map(|(range, index)| (range, names.get(&index).cloned().unwrap_or_default()))
            .collect();
        Ok(linked)
    }

    fn read_symbols<'a>(&mut self, subsections: wasmparser::Subsections<'a, Linking<'a>>) -> Result<()> {
        for subsection in subsections {
            let Linking::SymbolTable(symbols) = subsection? else { continue };
            for symbol in symbols {
                self.symbols.push(match symbol? {
                    SymbolInfo::Data { symbol, .. } => symbol,
                    _ => None,
                });
            }
        }
        Ok(())
    }

    /// The addresses that a symbol stands for.
    fn place(&self, symbol: u32) -> Option<Range<u32>> {
        let symbol = self.symbols.get(symbol as usize).copied().flatten()?;
        let (address, _) = self.segments.get(symbol.index as usize)?;
        Some(address + symbol.offset..address + symbol.offset + symbol.size)
    }

    /// For each symbol, the symbols whose addresses stand in its data.
    fn pointers(&self) -> BTreeMap<u32, Vec<u32>> {
        let mut owners: Vec<(Range<u32>, u32)> =
            (0..self.symbols.len() as u32).filter_map(|symbol| Some((self.place(symbol)?, symbol))).collect();
        owners.sort_by_key(|(range, _)| range.start);
        let longest = owners.iter().map(|(range, _)| range.end - range.start).max().unwrap_or(0);
        let mut pointers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for entry in &self.in_data {
            let segment = self.segments.partition_point(|(_, at)| *at <= entry.offset).saturating_sub(1);
            let Some((address, at)) = self.segments.get(segment) else { continue };
            let place = address + (entry.offset - at);
            // Symbols may overlap (strings that end alike are kept once): whoever the place is in points there.
            let upto = owners.partition_point(|(range, _)| range.start <= place);
            for (range, owner) in owners[..upto].iter().rev().take_while(|(range, _)| range.start + longest > place) {
                if range.contains(&place) {
                    pointers.entry(*owner).or_default().push(entry.index);
                }
            }
        }
        pointers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_becomes_one_and_what_is_kept_is_left_out() {
        let these = ranges([10..20, 0..5, 5..8, 18..30].into_iter());
        assert_eq!(these, [0..8, 10..30]);
        assert_eq!(without(&these, &[6..12, 15..16]), [0..6, 12..15, 16..30]);
        assert_eq!(without(&these, &ranges([0..15, 9..40].into_iter())), []);
    }
}
