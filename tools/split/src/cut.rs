//! One module becomes two that share memory, tables and globals.
//!
//! In the first part, each function that was moved away becomes a stub: it pushes its arguments and the number of a slot in
//! the table of functions and calls `via`, which exists once for each type of function. `via` asks for the second part if it
//! is not there yet, and calls what stands in the slot. The second part fills the slots when it is instantiated. What it needs
//! of the first one is exported from there, as `f7`: the seventh function of the module that was cut.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context as _, Result, bail, ensure};
use walrus::ir::{UnaryOp, Value};
use walrus::passes::gc;
use walrus::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExportId, ExportItem, FunctionBuilder, FunctionId, FunctionKind,
    GlobalId, GlobalKind, ImportedFunction, LocalId, MemoryId, Module, ModuleConfig, TableId, TypeId, ValType,
};

use crate::data;

/// The name under which the second part imports the first.
const FIRST: &str = "first";

/// What the second part takes from the first: kind (`f`, `t`, `m`, `g`) and position in the module that was cut.
type Taken = BTreeSet<(char, usize)>;

/// Cuts. `called` says of each function with a body whether it belongs to the first part; `linked` is the module as the linker
/// wrote it.
pub fn in_two(bytes: &[u8], linked: &[u8], called: &[bool]) -> Result<(Vec<u8>, Vec<u8>)> {
    let whole = Parts::of(bytes)?;
    ensure!(called.len() == whole.functions.len() - whole.bodies_from, "the marks are of another module");
    let moved: BTreeSet<usize> =
        (whole.bodies_from..whole.functions.len()).filter(|position| !called[position - whole.bodies_from]).collect();
    // Several functions can have one name: it moves if all do.
    let mut names: BTreeMap<&str, bool> = BTreeMap::new();
    for (position, id) in whole.functions.iter().enumerate() {
        if let Some(name) = &whole.module.funcs.get(*id).name {
            *names.entry(name).or_insert(true) &= moved.contains(&position);
        }
    }
    let data = data::movable(linked, |name| names.get(name).copied().unwrap_or(false))?;

    // What one part must offer depends on what the other still needs. From "everything" it settles at the second try.
    let (_, taken) = second(bytes, &moved, &moved)?;
    let (_, stubs) = first(bytes, &moved, &taken)?;
    let (mut more, taken) = second(bytes, &moved, &stubs)?;
    let (mut app, needed) = first(bytes, &moved, &taken)?;
    ensure!(needed.is_subset(&stubs), "the first part calls what the second does not offer");

    let slots = app.add_stubs(&stubs)?;
    more.fill(slots, &stubs)?;
    let pieces = app.take_data(&data)?;
    more.put_data(pieces)?;
    Ok((app.module.emit_wasm(), more.module.emit_wasm()))
}

/// The functions of the first part with their sizes in instructions, the largest first: to see what the budget goes for.
pub fn largest(bytes: &[u8], called: &[bool]) -> Result<String> {
    let whole = Parts::of(bytes)?;
    let mut list: Vec<(u64, String)> = Vec::new();
    for (position, id) in whole.functions.iter().enumerate().skip(whole.bodies_from) {
        let function = whole.module.funcs.get(*id);
        if let (true, FunctionKind::Local(local)) = (called[position - whole.bodies_from], &function.kind) {
            let name = function.name.clone().unwrap_or_default();
            list.push((local.size(), format!("{:#}", rustc_demangle::demangle(&name))));
        }
    }
    list.sort_by(|a, b| b.cmp(a));
    let lines: Vec<String> = list.into_iter().map(|(size, name)| format!("{size:6} {name}")).collect();
    Ok(lines.join("\n"))
}

/// The first part, and which of the moved functions something in it refers to.
fn first(bytes: &[u8], moved: &BTreeSet<usize>, taken: &Taken) -> Result<(Parts, BTreeSet<usize>)> {
    let mut parts = Parts::of(bytes)?;
    for position in moved {
        parts.replace_body(*position, |_, builder, _| {
            builder.func_body().unreachable();
        });
    }
    for (kind, position) in taken {
        let item = match kind {
            'f' => ExportItem::Function(parts.functions[*position]),
            't' => ExportItem::Table(parts.tables[*position]),
            'm' => ExportItem::Memory(parts.memories[*position]),
            _ => ExportItem::Global(parts.globals[*position]),
        };
        parts.module.exports.add(&format!("{kind}{position}"), item);
    }
    gc::run(&mut parts.module);
    let left: BTreeSet<FunctionId> = parts.module.funcs.iter().map(walrus::Function::id).collect();
    let needed = moved.iter().copied().filter(|position| left.contains(&parts.functions[*position])).collect();
    Ok((parts, needed))
}

/// The second part with what it must offer, and what it takes from the first for that.
fn second(bytes: &[u8], moved: &BTreeSet<usize>, offered: &BTreeSet<usize>) -> Result<(Parts, Taken)> {
    let mut parts = Parts::of(bytes)?;
    parts.empty();
    for position in 0..parts.functions.len() {
        if !moved.contains(&position) {
            parts.import_function(position);
        }
    }
    parts.import_the_rest();
    for position in offered {
        parts.module.exports.add(&format!("root{position}"), parts.functions[*position]);
    }
    gc::run(&mut parts.module);
    let mut taken = Taken::new();
    for import in parts.module.imports.iter() {
        let kind = import.name.chars().next().context("a name")?;
        taken.insert((kind, import.name[1..].parse()?));
    }
    Ok((parts, taken))
}

/// A module that was parsed, with its items in their order: so those of two parsings can be matched.
struct Parts {
    module: Module,
    functions: Vec<FunctionId>,
    /// Position in `functions` of the first one with a body.
    bodies_from: usize,
    tables: Vec<TableId>,
    memories: Vec<MemoryId>,
    globals: Vec<GlobalId>,
}

impl Parts {
    fn of(bytes: &[u8]) -> Result<Self> {
        let mut module =
            ModuleConfig::new().generate_name_section(false).generate_producers_section(false).parse(bytes)?;
        // What the linker noted for us is of no use to browsers.
        for section in ["linking", "reloc.CODE", "reloc.DATA"] {
            module.customs.remove_raw(section);
        }
        let functions: Vec<FunctionId> = module.funcs.iter().map(walrus::Function::id).collect();
        let bodies_from = module.funcs.iter().position(|one| matches!(one.kind, FunctionKind::Local(_)));
        Ok(Self {
            functions,
            bodies_from: bodies_from.context("a module without functions")?,
            tables: module.tables.iter().map(walrus::Table::id).collect(),
            memories: module.memories.iter().map(walrus::Memory::id).collect(),
            globals: module.globals.iter().map(walrus::Global::id).collect(),
            module,
        })
    }

    /// Takes these addresses out of the data segments, and returns what stood there.
    fn take_data(&mut self, data: &[Range<u32>]) -> Result<Vec<(u32, Vec<u8>)>> {
        let memory = *self.memories.first().context("a memory")?;
        let mut taken = Vec::new();
        let segments: Vec<walrus::DataId> = self.module.data.iter().map(walrus::Data::id).collect();
        for id in segments {
            let segment = self.module.data.get(id);
            let DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } = segment.kind else {
                bail!("a data segment whose address is not a number")
            };
            let (start, bytes) = (start.cast_unsigned(), segment.value.clone());
            self.module.memories.get_mut(memory).data_segments.remove(&id);
            self.module.data.delete(id);
            let mut from = start;
            let end = start + bytes.len() as u32;
            let part = |range: Range<u32>| bytes[(range.start - start) as usize..(range.end - start) as usize].to_vec();
            for range in data.iter().filter(|range| start <= range.start && range.end <= end) {
                self.put_data([(from, part(from..range.start))])?;
                taken.push((range.start, part(range.clone())));
                from = range.end;
            }
            self.put_data([(from, part(from..end))])?;
        }
        Ok(taken)
    }

    fn put_data(&mut self, pieces: impl IntoIterator<Item = (u32, Vec<u8>)>) -> Result<()> {
        let memory = *self.memories.first().context("a memory")?;
        for (address, bytes) in pieces.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
            let offset = ConstExpr::Value(Value::I32(address.cast_signed()));
            let id = self.module.data.add(DataKind::Active { memory, offset }, bytes);
            self.module.memories.get_mut(memory).data_segments.insert(id);
        }
        Ok(())
    }

    fn kind_of(&mut self, position: usize) -> &mut FunctionKind {
        &mut self.module.funcs.get_mut(self.functions[position]).kind
    }

    fn type_of(&self, position: usize) -> TypeId {
        self.module.funcs.get(self.functions[position]).ty()
    }

    fn replace_body(&mut self, position: usize, body: impl FnOnce(&mut Module, &mut FunctionBuilder, &[LocalId])) {
        let ty = self.type_of(position);
        let (builder, arguments) = function(&mut self.module, ty, None, body);
        *self.kind_of(position) = FunctionKind::Local(builder.local_func(arguments));
    }

    /// Takes away what the first part has already done: data, entries of tables, exports.
    fn empty(&mut self) {
        let exports: Vec<ExportId> = self.module.exports.iter().map(walrus::Export::id).collect();
        for id in exports {
            self.module.exports.delete(id);
        }
        let data: Vec<walrus::DataId> = self.module.data.iter().map(walrus::Data::id).collect();
        for id in data {
            self.module.data.delete(id);
        }
        let elements: Vec<walrus::ElementId> = self.module.elements.iter().map(walrus::Element::id).collect();
        for id in elements {
            self.module.elements.delete(id);
        }
        for memory in self.module.memories.iter_mut() {
            memory.data_segments.clear();
        }
        for table in self.module.tables.iter_mut() {
            table.elem_segments.clear();
        }
        self.module.start = None;
    }

    /// What the browser offers to the first part comes through it, too.
    fn import_function(&mut self, position: usize) {
        let (id, ty, name) = (self.functions[position], self.type_of(position), format!("f{position}"));
        if let FunctionKind::Import(known) = self.kind_of(position) {
            let known = known.import;
            let import = self.module.imports.get_mut(known);
            (import.module, import.name) = (FIRST.to_owned(), name);
        } else {
            let import = self.module.imports.add(FIRST, &name, id);
            *self.kind_of(position) = FunctionKind::Import(ImportedFunction { import, ty });
        }
    }

    fn import_the_rest(&mut self) {
        for (position, id) in self.tables.iter().enumerate() {
            self.module.tables.get_mut(*id).import = Some(self.module.imports.add(FIRST, &format!("t{position}"), *id));
        }
        for (position, id) in self.memories.iter().enumerate() {
            self.module.memories.get_mut(*id).import =
                Some(self.module.imports.add(FIRST, &format!("m{position}"), *id));
        }
        for (position, id) in self.globals.iter().enumerate() {
            let import = self.module.imports.add(FIRST, &format!("g{position}"), *id);
            self.module.globals.get_mut(*id).kind = GlobalKind::Import(import);
        }
    }

    /// In the first part: slots at the end of the table, and stubs that call through them. Returns the first slot.
    fn add_stubs(&mut self, stubs: &BTreeSet<usize>) -> Result<u32> {
        let table = self.module.tables.main_function_table()?.context("a table of functions")?;
        let slots = grow(&mut self.module, table, stubs.len());
        let is_here = self.module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
        self.module.exports.add("moreIsHere", is_here);
        let nothing = self.module.types.add(&[], &[]);
        let (need_more, _) = self.module.add_import_func("more", "needMore", nothing);
        let mut vias: BTreeMap<TypeId, FunctionId> = BTreeMap::new();
        for (slot, position) in (slots..).zip(stubs) {
            let ty = self.type_of(*position);
            let via = *vias.entry(ty).or_insert_with(|| {
                let (builder, arguments) =
                    function(&mut self.module, ty, Some(ValType::I32), |_, builder, arguments| {
                        let mut body = builder.func_body();
                        body.global_get(is_here).unop(UnaryOp::I32Eqz).if_else(
                            None,
                            |absent| {
                                absent.call(need_more).i32_const(1).global_set(is_here);
                            },
                            |_| {},
                        );
                        for argument in arguments {
                            body.local_get(*argument);
                        }
                        body.call_indirect(ty, table);
                    });
                builder.finish(arguments, &mut self.module.funcs)
            });
            self.replace_body(*position, |_, builder, arguments| {
                let mut body = builder.func_body();
                for argument in arguments {
                    body.local_get(*argument);
                }
                body.i32_const(slot.cast_signed()).call(via);
            });
        }
        // Those that only the second part refers to, in itself, are nobody's here.
        gc::run(&mut self.module);
        Ok(slots)
    }

    /// In the second part: what it offers goes into the slots.
    fn fill(&mut self, slots: u32, stubs: &BTreeSet<usize>) -> Result<()> {
        let roots: Vec<ExportId> = self.module.exports.iter().map(walrus::Export::id).collect();
        for id in roots {
            self.module.exports.delete(id);
        }
        let table =
            self.module.tables.main_function_table()?.context("the second part calls nothing through the table")?;
        grow(&mut self.module, table, stubs.len());
        let functions = stubs.iter().map(|position| self.functions[*position]).collect();
        let offset = ConstExpr::Value(Value::I32(slots.cast_signed()));
        let element =
            self.module.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(functions));
        self.module.tables.get_mut(table).elem_segments.insert(element);
        Ok(())
    }
}

/// A function of this type, which takes `more` arguments at the end.
fn function(
    module: &mut Module,
    ty: TypeId,
    more: Option<ValType>,
    body: impl FnOnce(&mut Module, &mut FunctionBuilder, &[LocalId]),
) -> (FunctionBuilder, Vec<LocalId>) {
    let ty = module.types.get(ty);
    let parameters: Vec<ValType> = ty.params().iter().copied().chain(more).collect();
    let results = ty.results().to_vec();
    let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
    let arguments: Vec<LocalId> = parameters.iter().map(|parameter| module.locals.add(*parameter)).collect();
    body(module, &mut builder, &arguments);
    (builder, arguments)
}

fn grow(module: &mut Module, table: TableId, by: usize) -> u32 {
    let table = module.tables.get_mut(table);
    let slots = table.initial;
    table.initial += by as u64;
    if let Some(maximum) = &mut table.maximum {
        *maximum = (*maximum).max(table.initial);
    }
    slots as u32
}
