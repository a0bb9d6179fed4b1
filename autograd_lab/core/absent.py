"""What PyTorch has and this package does not: why, and what to use.

A package's ``__getattr__`` raises what ``missing`` makes, an AttributeError, so ``hasattr`` is False for these names.
"""

from __future__ import annotations

import re

_DEVICES = "there is one device, the CPU; leave it out"
_QUANTIZED = "quantized tensors are not supported; use float16 or bfloat16 for small ones"
_SPARSE = "sparse tensors are not supported; use dense ones, where(), or index_add and scatter_add to add up at places"
_COMPILED = "programs are captured by autograd_lab.compile; leave scripting and tracing out, functions run as they are"
_MACHINERY = "it is a part of PyTorch's own machinery, which is another here; leave it out"
_AUTOCAST = "use amp.autocast('cpu'), and set_autocast_enabled, set_autocast_dtype and their like"
_SIZES = "sizes are plain numbers here; use Python's own max, min, int, float, not and if"
_NO_GPU = "nothing runs on a GPU by itself here; leave it out, and measure with time.perf_counter()"
_MODULE = "its words are found under nn.modules, or in nn"

# A name, whole, in any of the modules -> what is said of it.
SENTENCES = {
    r"jit|fx|export|package|onnx|script.*|Script.*|dynamo|compiler|library|ops|_dynamo": _COMPILED,
    r"distributed|futures|DistributedDataParallel|.*RRef.*|multiprocessing": "one process computes; leave it out",
    r"DataParallel|parallel": _DEVICES + ", and use the module itself",
    r"mps|xpu|mtia|to_mkldnn|accelerator|backends|cudnn.*|miopen.*|mkldnn.*|Stream|Event|get_device_module": _DEVICES,
    r".*(quantiz|qparams|_fake_quant).*|q_.*|qint.*|quint.*|qscheme|per_(channel|tensor).*|fake_.*|"
    r"fbgemm.*|int_repr|qat|intrinsic|ao": _QUANTIZED,
    r".*sparse.*|.*(crow|ccol|row|col)_indices.*|smm|hspmm|hsmm|dsmm|sspaddmm|saddmm|spmm|coalesce|is_coalesced": _SPARSE,
    r"nested|jagged|.*padded_tensor|is_nested": "nested tensors are not supported; pad the sequences, or use nn.utils.rnn.PackedSequence",
    r"SparseAdam": "gradients are dense here; use Adam",
    r"complex32|chalf|ComplexHalf.*": "NumPy has no complex numbers of 16-bit floats; use complex64",
    r"float8_.*|float4_.*|u?int[1-7]|bits.*|u?int(16|32|64)": "this dtype is not supported; use one of autograd_lab's",
    r"CrossMapLRN2d": "PyTorch's own has a gradient that is not its forward's; use LocalResponseNorm",
    r"LinearCrossEntropyOptions": "results do not depend on it; leave options out",
    r"DataLoader|Dataset|TensorDataset|data|random_split": "data is not this package's; iterate over arrays, or use PyTorch's loader "
                                                         "and from_numpy",
    r"lobpcg": "use linalg.eigh, which gives all eigenvalues",
    r"(un)?typed_storage|.*[Ss]torage.*": "memory is a NumPy array: x.detach().numpy()",
    r"hub|testing|utils": "not part of this package",
    r"grouped_mm|scaled_mm|scaled_grouped_mm|ScalingType|SwizzleType": "8-bit floats are not supported; use matmul or bmm",
    r"lstsq|solve|symeig|eig|cholesky_ex": "removed from PyTorch too; use the word of that name in linalg (symeig: linalg.eigh)",
    r"AVG|SUM|AggregationType|AliasDb|AnyType|BackwardHook|Argument(Spec)?|Await.*|Benchmark.*|Block|BroadcastingList\d|CallStack|Capsule|Code|"
    r"CompilationUnit|CompleteArgumentSpec|ConcreteModule.*|DeepCopyMemoTable|DisableTorchFunction.*|DispatchKey.*|ErrorReport|"
    r"ExcludeDispatchKeyGuard|ExecutionPlan|FileCheck|FunctionSchema|Gradient|Graph|GraphExecutor.*|IODescriptor|JITException|"
    r"LiteScriptModule|.*Logger(Base)?|Node|OperatorInfo|PyTorchFile.*|StaticModule|Tag|ThroughputBenchmark|TracingState|Type|Use|"
    r"Value|.*(Any|Bool|Class|Complex|Device|DeviceObj|Dict|Enum|Float|Future|Inferred|Int|Interface|List|None|Number|Optional|"
    r"PyObject|Stream|StreamObj|String|SymBool|SymInt|Tensor|Tuple|Union)(Obj)?Type|import_ir_.*|parse_(ir|schema|type_comment)|"
    r"merge_type_.*|unify_type_list|classes|cpp|PRIVATE_OPS|init_num_threads|thread_safe_generator|batch_norm_.*|native_norm|"
    r"indices_copy|values_copy|prepare_multiprocessing_environment|profiler_allow_.*|legacy_contiguous_format|classproperty|"
    r"get_file_path|quasirandom|has_(lapack|mkl|openmp|spectral)|compiled_with_cxx11_abi|is_vulkan_available|assert_int_or_pair|"
    r"boolean_dispatch|.*torch_function.*|factory_kwargs|PackedSequence_|bind|copy_method_params|OpaqueBase|"
    r"get_swap_module_params_on_conversion|is_opaque_.*|is_traceable_.*|transfer_parametrizations_.*|"
    r"UninitializedTensorMixin|SDPAParams|WARN_FOR_.*|.*flash_attention.*|can_use_.*|DeviceType|EnforceUnique|Kineto.*|"
    r"MemRecordsAcc|Profiler(Config|State)|kineto_.*|parse_nvprof_trace|debug_unwrap|backcompat|backend_registration|collect_env|"
    r".*cpp_backtrace|generate_methods_.*|rename_privateuse1_backend|set_module|swap_tensors|throughput_benchmark|weak|deterministic|"
    r"DefaultDeviceType|GraphExecGroup|LoggingTensorMode|SAC_IGNORED_OPS|SavedTensor|SelectiveCheckpointContext|TorchDispatchMode|"
    r"capture_logs|check_backward_validity|detach_variable|fx_traceback|[gs]et_device_states|set_checkpoint_debug_enabled|tree_map|"
    r"get_capabilities|common_types|Optimizer|Tensor|inf|F|grad|orthogonal|module_load|bit|torch_version|"
    r"swap_in_optimizer_params_and_state|linear_cross_entropy_options|cpp_extension|file_baton|serialization": _MACHINERY,
    r"[gs]et_autocast_.*|is_autocast_.*|autocast_(inc|dec)rement_nesting|autocast_mode|grad_scaler": _AUTOCAST,
    r"sym_.*|Sym(Bool|Float|Int)": _SIZES,
    r"CUDA.*|.*(allocator|Mem(ory)?Pool|mem_pool|GreenContext|green_contexts|nvtx|itt|nccl|cuda[rS].*|nvprof|gds|tunable|jiterator).*|"
    r".*(memory|stream|graph)s?(_.*)?|(current|default)_.*|StreamContext|CudaError|DeferredCudaCallError|ExternalStream|MemPool|"
    r"can_device_access_peer|check_error|clock_rate|device(_of)?|get_gencode_flags|get_sync_debug_mode|set_sync_debug_mode|has_half|"
    r"has_magma|is_tf32_supported|list_gpu_processes|power_draw|temperature|"
    r"utilization|stream|graph|graphs|ipu|make_graphed_callables": _NO_GPU,
    r"channelshuffle|fold|instancenorm|pixelshuffle|upsampling|Container|convert_parameters|clip_grad|init": _MODULE,
    r"amp": 'use autograd_lab.amp: autocast("cpu") and GradScaler("cpu")',
    r"(Bool|Byte|Char|Double|Float|Half|Int|Long|Short|BFloat16)Tensor": "use autograd_lab's types, on the CPU",
    r"(Buffer|Module|Parameter)Dict": "it is nn's word",
    r"AcceleratorError|OutOfMemoryError|FatalError": "a lack of memory is Python's MemoryError",
    r"cond|while_loop": "functions run as they are here; use if and while",
    r"fork|wait|Future": "work is done at once here; call the function",
    r"from_file": "use from_numpy(numpy.memmap(...))",
    r"hash_tensor": "use hash(x.numpy().tobytes())",
    r"matrix_rank": "removed from PyTorch too; use linalg.matrix_rank",
    r"to_dlpack": "give the tensor itself to the other library's from_dlpack, or use utils.dlpack.to_dlpack",
    r"functional": "its words are autograd_lab's own: einsum, norm, split, ...",
    r"profiler": "use autograd.profiler",
    r"signal|windows": "use hann_window, hamming_window, blackman_window, bartlett_window and kaiser_window",
    r"types|version|hooks|random": "it is not part of this package; its version is autograd_lab.__version__",
    r"rearrange": "use reshape, permute and flatten",
    r"CheckpointPolicy|create_selective_checkpoint_contexts": "a checkpoint keeps its inputs and computes all else again",
    r".*[Mm]asked_?[Tt]ensor": "give masked's words mask=, or use where()",
    r"reinforce": "removed from PyTorch too; multiply log-probabilities by rewards and call backward()",
    r"index": "indices go between brackets: x[...]",
    r"slice_inverse": "use slice_scatter, or write into a clone",
    r"values|indices": _SPARSE,
    r"distributions": "use rand, randn, bernoulli and multinomial, and write the density of what was drawn",
}  # fmt: skip


def missing(module: str | None, name: str) -> AttributeError:
    """The exception for a name that ``module`` (PyTorch's word for it) does not have; None for a tensor."""
    text = f"'Tensor' object has no attribute '{name}'" if module is None else f"module '{module}' has no attribute '{name}'"
    if name.startswith("_"):  # Python's own and other people's questions
        return AttributeError(text)
    for pattern, sentence in SENTENCES.items():
        if re.fullmatch(pattern, name):
            return AttributeError(f"{text}: {sentence}")
    return AttributeError(text)


# What PyTorch's tensors have. Each stands on the class: a ``__getattr__`` would make every other name slower to find.
OF_TENSORS = """ccol_indices chalf coalesce col_indices crow_indices dequantize eig hash_tensor index indices int_repr ipu
                is_coalesced lstsq module_load mtia q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale
                q_zero_point qscheme record_stream reinforce resize_as_sparse_ row_indices slice_inverse smm solve sparse_mask
                sparse_resize_ sparse_resize_and_clear_ sspaddmm storage storage_type symeig to_mkldnn to_padded_tensor to_sparse
                to_sparse_bsc to_sparse_bsr to_sparse_coo to_sparse_csc to_sparse_csr untyped_storage values xpu""".split()


class Absent:
    """Stands on Tensor for a name that is not here."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __get__(self, tensor, cls=None):
        raise missing(None, self.name)
